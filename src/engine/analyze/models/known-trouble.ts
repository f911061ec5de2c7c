import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { edgesScope } from './matrix.ts';

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly why: string;
}

/** An anomaly that nobody wrote anew for so long does not go on: its analyzer was stopped. */
const openMs = 3_600_000;

const endMs = `toUnixTimestamp64Milli(coalesce(End, fromUnixTimestamp64Milli(toInt64(Version))))`;

/**
 * When something was wrong with a service: its anomalies, and incidents that it was part of. Of `edges` only warnings and
 * critical ones of any service: among many services there is always something small.
 */
export const knownTrouble = Effect.fnUntraced(function* (
  scope: string,
  fromMs: number,
  toMs: number,
): Effect.fn.Return<readonly Stretch[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const ofEdges = scope === edgesScope;
  const grave = "Severity != 'info'";
  const within = `Start < fromUnixTimestamp64Milli({to:Int64}) AND ${endMs} >= {from:Int64}`;
  const rows = yield* client.rows<{ fromMs: string; toMs: string; why: string }>(
    `SELECT toUnixTimestamp64Milli(Start) AS fromMs, ${endMs} AS toMs, 'anomaly' AS why FROM obs_anomalies FINAL
WHERE ${within} AND ${ofEdges ? grave : 'ServiceName = {scope:String}'}
UNION ALL
SELECT toUnixTimestamp64Milli(Start) AS fromMs, ${endMs} AS toMs, 'incident' AS why FROM obs_incidents FINAL
WHERE ${within} AND ${ofEdges ? grave : 'has(Services, {scope:String})'}`,
    { parameters: { scope, from: Math.floor(fromMs), to: Math.floor(toMs) } },
  );
  return rows.map((row) => ({ fromMs: Number(row.fromMs), toMs: Number(row.toMs), why: row.why }));
});

/** Services with an anomaly that goes on, and whether there is a grave one among them. */
export const openTrouble = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<
  { readonly services: ReadonlySet<string>; readonly grave: boolean },
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ service: string; grave: number }>(
    `SELECT ServiceName AS service, max(Severity != 'info') AS grave FROM obs_anomalies FINAL
WHERE End IS NULL AND Version >= {since:UInt64} GROUP BY service`,
    { parameters: { since: Math.floor(nowMs - openMs) } },
  );
  return { services: new Set(rows.map(({ service }) => service)), grave: rows.some(({ grave }) => Number(grave) > 0) };
});
