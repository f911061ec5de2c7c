import { Effect } from 'effect';
import type { Change } from '../../domain/changes/change.ts';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { Missing } from '../explanation.ts';
import { durationText } from '../format.ts';
import { missingWhen } from '../missing.ts';
import type { TimeRange } from '../question.ts';
import type { FoundChange } from './find-change.ts';
import { passingSides } from './passing-sides.ts';
import { firstAfter, lastBefore, nameInSpans, readSeenVersions, type SeenVersion } from './seen-versions.ts';
import { versionCondition, type PassingSide, type VersionSide } from './sides.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

/** Sides that have a time of their own. */
type TimedSide = PassingSide | (VersionSide & { readonly range: TimeRange });

/** What a change is judged by. */
export interface ChangeSides {
  readonly bad: TimedSide;
  readonly good: TimedSide;
  /** How things were before the change, whichever the good side is. */
  readonly before: { readonly where: string; readonly range: TimeRange };
  readonly environment: string | undefined;
  readonly missing: readonly Missing[];
}

/** So long at most is looked at, before and after. */
const aroundMs = 30 * 60_000;
/** Nothing can be said of less. */
const leastMs = 10_000;
/** Fewer of the version before are no match for the new one: of the time before there are more. */
const leastSpans = 100;

/**
 * The version after a deployment beside the one before: its first half hour and the other's last. Where both go on beside
 * each other they are compared over the same time, so that what happened to both is held against none. A change without
 * versions: traces that pass through its service, before and after. Neither side reaches over another change.
 */
export const changeSides = Effect.fnUntraced(function* (
  { change, others }: FoundChange,
  nowMs: number,
): Effect.fn.Return<ChangeSides, Failure, QueryClient> {
  const { atMs, service } = change;
  const all = yield* readSeenVersions(service, atMs);
  const { environment, missing } = yield* environmentOf(change, all);
  const seen = environment === undefined ? all : all.filter((one) => one.environment === environment);
  const limits = timeBetween(atMs, others, nowMs);
  const told = [...missing, ...limits.missing];
  const versions = versionsOf(change, seen, limits);
  if (versions === null) {
    const sides = yield* passingSides(service, environment, {
      before: { fromMs: Math.max(atMs - aroundMs, limits.fromMs), toMs: atMs },
      after: { fromMs: atMs, toMs: Math.min(atMs + aroundMs, limits.toMs) },
    });
    return { ...sides, environment, missing: [...told, ...unseen(change)] };
  }
  const { from, to, before, after } = versions;
  const named = (version: string): VersionSide => ({
    side: 'version',
    service,
    version,
    // Resources of all its spans need not be read where it runs in no other.
    ...(environment === undefined || seen.length === all.length ? {} : { environment }),
  });
  const [beside, own] = yield* Effect.all(
    [seenIn(versionCondition(named(from), after).where), seenIn(versionCondition(named(to), after).where)],
    { concurrency: 2 },
  );
  const untilMs = beside === null ? before.toMs : beside.lastMs + 1;
  const isBeside =
    beside !== null &&
    beside.spans >= leastSpans &&
    untilMs - after.fromMs >= ((own?.lastMs ?? after.toMs) - after.fromMs) / 2;
  return {
    bad: { ...named(to), range: after },
    good: { ...named(from), range: isBeside ? after : { fromMs: before.fromMs, toMs: untilMs } },
    before: versionCondition(named(from), before),
    environment,
    missing: told,
  };
});

interface Versions {
  readonly from: string;
  readonly to: string;
  readonly before: TimeRange;
  readonly after: TimeRange;
}

/** Null where the change has not two versions that spans name, on either side of it. */
function versionsOf(
  { kind, fromVersion, toVersion, atMs }: Change,
  seen: readonly SeenVersion[],
  limits: TimeRange,
): Versions | null {
  const [from, to] = [nameInSpans(seen, fromVersion), nameInSpans(seen, toVersion)];
  if (kind !== 'deployment' || from === undefined || to === undefined || from === to) return null;
  const [last, first] = [lastBefore(seen, from, atMs), firstAfter(seen, to, atMs)];
  if (last === null || first === null || first >= limits.toMs) return null;
  // Its last span begins in the last millisecond.
  const untilMs = Math.min(atMs, last + 1);
  const fromMs = Math.max(untilMs - aroundMs, limits.fromMs);
  if (untilMs <= fromMs) return null;
  return {
    from,
    to,
    before: { fromMs, toMs: untilMs },
    after: { fromMs: first, toMs: Math.max(first + leastMs, Math.min(first + aroundMs, limits.toMs)) },
  };
}

/** From the change before to the change after, at most up to now. One that leaves no time cannot be told apart, which is said. */
function timeBetween(
  atMs: number,
  others: readonly Change[],
  nowMs: number,
): TimeRange & { readonly missing: readonly Missing[] } {
  const apart = others.filter((other) => Math.abs(other.atMs - atMs) >= leastMs);
  const earlier = apart.filter((other) => other.atMs < atMs).map((other) => other.atMs);
  const later = apart.filter((other) => other.atMs > atMs).map((other) => other.atMs);
  const close = others.filter((other) => !apart.includes(other));
  return {
    fromMs: Math.max(0, ...earlier),
    toMs: Math.max(atMs + leastMs, Math.min(nowMs, ...later)),
    missing: close.map((other) => ({
      text: `Another change of ${printable(other.service)} (${printable(other.id)}) came ${other.atMs === atMs ? 'at the same time' : `${durationText(Math.abs(other.atMs - atMs))} ${other.atMs < atMs ? 'before' : 'after'}`}: the two cannot be told apart.`,
      settle: 'Make one change at a time',
    })),
  };
}

/** The environment that spans of the change are looked for in; undefined where nothing tells it. */
const environmentOf = Effect.fnUntraced(function* (
  { environment, service, atMs }: Change,
  seen: readonly SeenVersion[],
): Effect.fn.Return<{ readonly environment: string | undefined; readonly missing: readonly Missing[] }, BadInput> {
  const near = seen.filter(({ firstMs, lastMs }) => firstMs <= atMs + aroundMs && lastMs >= atMs - aroundMs);
  const names = [...new Set(near.map((one) => one.environment))].filter((name) => name !== '').toSorted();
  const [name, run] = [printable(environment), names.map(printable)];
  if (environment === '') {
    return {
      environment: undefined,
      missing: missingWhen(
        names.length > 1,
        `${printable(service)} ran in ${run.join(' and ')} under one name, and nobody said in which it was changed: they were judged together.`,
        'Tell changes with --environment',
      ),
    };
  }
  if (names.includes(environment)) return { environment, missing: [] };
  if (names.length === 0) {
    return {
      environment: undefined,
      missing: missingWhen(
        near.length > 0,
        `The change is one of ${name}; spans of ${printable(service)} name no environment, so all of them were taken.`,
        'Set the resource attribute deployment.environment.name',
      ),
    };
  }
  return yield* new BadInput({
    what: 'There is nothing to compare',
    why: `${printable(service)} sent no span of ${name} around the change`,
    hint: `It ran in ${run.join(', ')}: tell its changes with --environment ${run[0]}`,
  });
});

/** A deployment whose versions nobody sees is compared by time alone. */
const unseen = ({ kind, service, toVersion }: Change): readonly Missing[] =>
  missingWhen(
    kind === 'deployment' && toVersion !== '',
    `Not both versions are named by spans of ${printable(service)} around the deployment: the time after it is compared with the time before.`,
    'Set `service.version` in its resource',
  );

/** Spans that there are, and when the last of them began; null where there are none. */
const seenIn = Effect.fnUntraced(function* (
  where: string,
): Effect.fn.Return<
  { readonly lastMs: number; readonly spans: number } | null,
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const [row] = yield* client.rows<{ readonly lastMs: number; readonly spans: string | number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(max(Timestamp))) AS lastMs, count() AS spans FROM otel_traces WHERE ${where} LIMIT 1`,
  );
  return row === undefined || Number(row.spans) === 0 ? null : { lastMs: row.lastMs, spans: Number(row.spans) };
});
