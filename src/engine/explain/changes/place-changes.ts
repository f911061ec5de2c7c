import { type Change, rollbackAttribute, rolloutAttribute } from '../../domain/changes/change.ts';
import { printable } from '../../domain/printable.ts';
import type { ChangeFact } from '../explanation.ts';
import { durationText } from '../format.ts';
import { changeWeight } from './change-weight.ts';
import type { KnownChange } from './read-changes.ts';

/** When the trouble began, Unix milliseconds: the likeliest time, and nine tenths of the probability from `from` to `to`. */
export interface OnsetMs {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Services that a service calls. */
export type Calls = ReadonlyMap<string, ReadonlySet<string>>;

/** Calls from a suspect to what was changed, further than which nothing is blamed. */
const mostCalls = 2;

/**
 * Sets changes in time beside an onset, in the order given. A change after the latest time of the onset is never blamed;
 * one before it only in a suspect service, or one that such a service calls, directly or over another, and as long as the
 * gap speaks for it rather than against (`changeWeight` above 0). Pure.
 * @param suspects services
 */
export function placeChanges(
  changes: readonly KnownChange[],
  onset: OnsetMs | null,
  suspects: readonly string[],
  calls: Calls = new Map(),
): readonly ChangeFact[] {
  const distances = distancesFrom(suspects, calls);
  return changes.map((change) => {
    const weight = weightOf(change, onset, distances.get(change.service));
    const relation = relationOf(change, onset);
    const blamed = relation === 'before-onset' && change.kind !== 'note' && weight > 0;
    return {
      id: change.id,
      at: new Date(change.atMs).toISOString(),
      service: change.service,
      kind: change.kind,
      sentence: sentenceOf(change, onset, relation, blamed, distances.has(change.service)),
      relation,
      blamed,
      evidence: change.evidence,
    };
  });
}

/** `changeWeight` of a change beside an onset; -Infinity after it, without one, and in a service that is too far away. */
export function weightOf(change: Change, onset: OnsetMs | null, distance: number | undefined): number {
  if (onset === null || distance === undefined || change.atMs > onset.to) return Number.NEGATIVE_INFINITY;
  const isWithinOnset = change.atMs > onset.at;
  return changeWeight(Math.max(0, onset.at - change.atMs), { calls: distance, isWithinOnset });
}

/** Calls to a service from the nearest suspect; those that are too far are not there. */
function distancesFrom(suspects: readonly string[], calls: Calls): ReadonlyMap<string, number> {
  const distances = new Map(suspects.map((service) => [service, 0]));
  let edge: readonly string[] = suspects;
  for (let distance = 1; distance <= mostCalls; distance++) {
    edge = edge.flatMap((caller) => [...(calls.get(caller) ?? [])]).filter((service) => !distances.has(service));
    for (const service of edge) distances.set(service, distance);
  }
  return distances;
}

function relationOf({ atMs }: Change, onset: OnsetMs | null): ChangeFact['relation'] {
  if (onset === null) return 'no-onset';
  return atMs > onset.to ? 'after-onset' : 'before-onset';
}

function sentenceOf(
  change: Change,
  onset: OnsetMs | null,
  relation: ChangeFact['relation'],
  blamed: boolean,
  isNear: boolean,
): string {
  const remarks = [besideWords(change), change.note === '' ? '' : `Noted: ${printable(change.note)}.`];
  const rest = remarks
    .filter((words) => words !== '')
    .map((words) => ` ${words}`)
    .join('');
  if (onset === null || relation === 'no-onset') {
    return `${happened(change)} at ${new Date(change.atMs).toISOString().slice(0, 19)}Z.${rest}`;
  }
  if (relation === 'after-onset') {
    return `${happened(change)} ${durationText(change.atMs - onset.at)} after it began: not the cause.${rest}`;
  }
  const when = change.atMs > onset.at ? 'as it began' : `${durationText(onset.at - change.atMs)} before it began`;
  if (blamed) return `${happened(change)} ${when}.${rest}`;
  if (change.kind === 'note') return `${happened(change)} ${when}.${rest}`;
  const why = isNear ? 'too long before to be a likely cause' : 'no suspect depends on it';
  return `${happened(change)} ${when}: ${why}.${rest}`;
}

/** "cart 3.2.0 was deployed (3.1.4 before)", "cart went back to 3.1.4", "A configuration change of cart was made". */
function happened(change: Change): string {
  const [from, to] = [printable(change.fromVersion), printable(change.toVersion)];
  const service = `${printable(change.service)}${change.environment === '' ? '' : ` (${printable(change.environment)})`}`;
  if (change.kind === 'note') return `Something was noted of ${service}`;
  if (change.kind !== 'deployment') {
    const versions = to === '' ? '' : ` ${from === '' ? `to ${to}` : `from ${from} to ${to}`}`;
    return `${kindWords[change.kind]} of ${service} was changed${versions}`;
  }
  if (to === '') return `${service} was deployed`;
  if (change.attributes[rollbackAttribute] === 'true') return `${service} went back to ${to}`;
  if (from === to) return `${service} ${to} was deployed again`;
  return `${service} ${to} was deployed${from === '' ? '' : ` (${from} before)`}`;
}

const kindWords = {
  configuration: 'The configuration',
  flag: 'A feature flag',
  scale: 'The scale',
  infrastructure: 'The infrastructure',
  data: 'The data',
} as const;

const besideWords = ({ fromVersion, attributes }: Change): string =>
  attributes[rolloutAttribute] === 'beside' && fromVersion !== '' ? `${printable(fromVersion)} goes on beside it.` : '';
