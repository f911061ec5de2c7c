import { Effect } from 'effect';
import type { AnalyzeResult, ToldChange } from '../../domain/analyze-task.ts';
import { type Change, whatChanged } from '../../domain/changes/change.ts';
import { editDistance } from '../../domain/edit-distance.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { utcTime } from '../incidents/times.ts';
import { recordChange } from './record-change.ts';

/** Writes down what somebody told; says so where no telemetry knows the service, since that may be a typing error. */
export const addChange = Effect.fnUntraced(function* (
  told: ToldChange,
): Effect.fn.Return<AnalyzeResult, QueryFailed | EngineUnavailable, QueryClient | OwnTables> {
  const { isTimed, ...rest } = told;
  // A step of a pipeline that runs again did not deploy again.
  const atMs = isTimed ? told.atMs : ((yield* timeOf(told.id)) ?? told.atMs);
  const change: Change = { ...rest, atMs, source: 'command', attributes: {} };
  yield* recordChange(change);
  const done = `Noted of ${printable(change.service)}, ${utcTime(change.atMs)}: ${printable(whatChanged(change))}`;
  return { ok: true, lines: [done, ...(yield* remarkOn(change.service))] };
});

const timeOf = Effect.fnUntraced(function* (
  id: string,
): Effect.fn.Return<number | null, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ at_ms: string }>(
    'SELECT toUnixTimestamp64Milli(At) AS at_ms FROM obs_changes FINAL WHERE Id = {id:String} LIMIT 1',
    { parameters: { id } },
  );
  return rows[0] === undefined ? null : Number(rows[0].at_ms);
});

const mostServices = 5000;

/** It is written down by now: what cannot be looked up is not said. */
const remarkOn = Effect.fnUntraced(function* (
  service: string,
): Effect.fn.Return<readonly string[], never, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client
    .rows<{ service: string }>(
      `SELECT DISTINCT ServiceName AS service FROM obs_service_instances WHERE Hour >= now() - INTERVAL 7 DAY
ORDER BY service LIMIT ${mostServices}`,
    )
    .pipe(Effect.catch(() => Effect.succeed([])));
  const names = rows.map((row) => row.service);
  if (names.length === 0 || names.includes(service)) return [];
  const near = names.filter((name) => editDistance(name.toLowerCase(), service.toLowerCase(), 4) <= 2).slice(0, 3);
  const meant = near.length === 0 ? '' : `; is ${near.map(printable).join(' or ')} meant?`;
  return [`No service ${printable(service)} sent spans in the last 7 days${meant}`];
});
