import type { Alarm, CauseInput, Link } from '../input.ts';
import type { CallRows, CallStats } from '../metrics/call-stats.ts';
import { movingTogether } from './partial-correlation.ts';

/** Of the links that are learned no more than this are expected to be chance. */
const falseShare = 0.01;
/** Beyond these the matrix takes seconds, and history is too short for it. */
const mostEntities = 200;
/** Rows of history for each entity, for what all others explain to be told from chance. */
const rowsPerEntity = 3;
/** Where fewer of the entities show the alarm's kind of trouble at all, calls cannot say who has it. */
const leastMeasured = 0.5;
/** A series with fewer values than this share of the rows says too little. */
const leastValues = 0.5;

/**
 * Who may call whom, where nobody says it: the alarmed entity everybody, and of two whose total time (requests times mean
 * latency) changes together beyond what all others explain, the one with more of it the other, since who waits takes at
 * least as long. A stand-in: about two of three links are right where measured, and links that differ from the real
 * calls' mislead. Requests stand for time where an entity has no latency.
 * @returns nothing where there is nobody to call, or most entities have no metric of the alarm's kind
 */
export function learnedCalls(
  { entities }: CauseInput,
  stats: readonly (CallStats | undefined)[],
  alarm: Alarm,
): Link[] {
  const shows = stats.filter((each) => each?.recent[alarm.kind].some(Number.isFinite));
  if (shows.length < leastMeasured * entities.length) return [];
  const all = stats.flatMap((each, entity) => (each === undefined ? [] : [{ entity, time: totalTime(each.history) }]));
  const rows = all[0]?.time.length ?? 0;
  const said = all.filter(({ time }) => time.filter(Number.isFinite).length >= leastValues * rows);
  const learnable = said.length <= mostEntities && rows >= rowsPerEntity * said.length;
  const pairs = learnable
    ? movingTogether(
        said.map(({ time }) => changes(time)),
        falseShare,
      )
    : [];
  const mean = said.map(({ time }) => meanOf(time));
  const learned = pairs
    .filter(({ partial }) => partial > 0)
    .map(({ first, second }): Link => {
      const [caller, callee] = mean[first]! >= mean[second]! ? [first, second] : [second, first];
      return [said[caller]!.entity, said[callee]!.entity];
    });
  const direct = all.filter(({ entity }) => entity !== alarm.entity).map(({ entity }): Link => [alarm.entity, entity]);
  return [...learned.filter(([, callee]) => callee !== alarm.entity), ...direct];
}

function totalTime({ requests, latency }: CallRows): Float64Array {
  const timed = latency.some(Number.isFinite);
  return requests.map((count, row) => (count > 0 ? count * (timed ? latency[row]! : 1) : Number.NaN));
}

const changes = (values: Float64Array): Float64Array =>
  values.map((value, row) => (row === 0 ? Number.NaN : value - values[row - 1]!));

function meanOf(values: Float64Array): number {
  const known = values.filter(Number.isFinite);
  return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
}
