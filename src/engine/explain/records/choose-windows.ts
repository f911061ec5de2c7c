import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import { second } from '../sql.ts';

const windowMs = 60_000;
/** How far back older windows are looked for: a day, for who asks about last night's deployment. */
const lookBackMs = 24 * 3_600_000;
/** A window with fewer spans, or less than this part of what the analysed one has, tells little. */
const leastSpans = 50;
const leastPart = 1 / 8;

/** A stretch of time, and how many spans lie in it. */
export interface FilledWindow extends TimeRange {
  readonly spans: number;
}

/** The windows that records are compared in. */
export interface ChosenWindows {
  readonly analysed: FilledWindow;
  readonly usual: FilledWindow;
  /** The newest first. */
  readonly history: readonly FilledWindow[];
}

/**
 * The analysed minute, a usual one, and some older ones. The minute right before the analysed one is left out where there
 * are others: what goes on has often begun in it. Null where there is nothing to compare with.
 * @param usual a time that is known to be fine
 */
export const chooseWindows = Effect.fnUntraced(function* (
  analysed: TimeRange,
  usual: TimeRange | null,
): Effect.fn.Return<ChosenWindows | null, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const from = Math.floor(analysed.fromMs / 1000);
  const spansOf = (range: TimeRange): Effect.Effect<number, QueryFailed | EngineUnavailable> =>
    client
      .rows<{ readonly spans: string | number }>(
        `SELECT sum(Calls) AS spans FROM obs_red_service_10s WHERE Time >= ${second(Math.floor(range.fromMs / 10_000) * 10)} AND Time < ${second(Math.ceil(range.toMs / 1000))}`,
      )
      .pipe(Effect.map(([row]) => Number(row?.spans ?? 0)));
  const now = { ...analysed, spans: yield* spansOf(analysed) };
  const fewest = Math.max(leastSpans, Math.round(now.spans * leastPart));
  const rows = yield* client.rows<{ readonly back: string | number; readonly spans: string | number }>(
    `SELECT intDiv(${from} - 1 - toUnixTimestamp(Time), ${windowMs / 1000}) AS back, sum(Calls) AS spans
FROM obs_red_service_10s WHERE Time >= ${second(from - lookBackMs / 1000)} AND Time < ${second(from)}
GROUP BY back HAVING spans >= ${fewest} ORDER BY back LIMIT ${limits.explain.recordWindows + 2}`,
  );
  const before = rows.map(({ back, spans }): FilledWindow & { readonly back: number } => ({
    back: Number(back),
    spans: Number(spans),
    fromMs: from * 1000 - (Number(back) + 1) * windowMs,
    toMs: from * 1000 - Number(back) * windowMs,
  }));
  const older = before.filter(({ back }) => back > 0);
  const past = older.length > 0 ? older : before;
  if (usual !== null) {
    const known = { fromMs: Math.max(usual.fromMs, usual.toMs - 2 * windowMs), toMs: usual.toMs };
    return {
      analysed: now,
      usual: { ...known, spans: yield* spansOf(known) },
      history: past.slice(0, limits.explain.recordWindows),
    };
  }
  const [first, ...rest] = past;
  return first === undefined
    ? null
    : { analysed: now, usual: first, history: rest.slice(0, limits.explain.recordWindows - 1) };
});
