import { Effect } from 'effect';
import { anomalySeverities, type Anomaly, type AnomalySeverity, type Incident } from '../../domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { anomalyHeardSql, heardAfterSql, incidentHeardSql } from '../../domain/still-open.ts';
import { Conditions } from '../../search/conditions.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { Call } from './call-graph.ts';
import type { IncidentHistory } from './earlier-incidents.ts';
import {
  anomalyColumns,
  anomalyOf,
  type AnomalyRow,
  anomalyRow,
  incidentColumns,
  incidentOf,
  type IncidentRow,
  incidentRow,
  type Stored,
} from './incident-rows.ts';
import { rankOf } from './order.ts';

type Failure = QueryFailed | EngineUnavailable;

/** What went on at some time in [fromMs, toMs), the newest first. */
export interface IncidentRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly service?: string | undefined;
  readonly minSeverity?: AnomalySeverity | undefined;
  /** Only what goes on, and is heard of. */
  readonly openOnly?: boolean | undefined;
  /** Without what has no end and is not heard of any more (domain/still-open.ts). */
  readonly heardOnly?: boolean | undefined;
  readonly limit: number;
}

export const storeAnomalies = Effect.fnUntraced(function* (
  anomalies: readonly Anomaly[],
): Effect.fn.Return<void, Failure, OwnTables> {
  const tables = yield* OwnTables;
  yield* tables.insert('obs_anomalies', anomalies.map(anomalyRow));
});

/** A note that a person wrote since then is kept: it is part of the row that is replaced. */
export const storeIncidents = Effect.fnUntraced(function* (
  incidents: readonly Incident[],
): Effect.fn.Return<void, Failure, OwnTables | QueryClient> {
  if (incidents.length === 0) return;
  const [tables, client] = [yield* OwnTables, yield* QueryClient];
  const noted = yield* client.rows<{ Id: string; Note: string }>(
    "SELECT Id, Note FROM obs_incidents FINAL WHERE Id IN {ids:Array(String)} AND Note != ''",
    { parameters: { ids: incidents.map(({ id }) => id) } },
  );
  const notes = new Map(noted.map(({ Id, Note }) => [Id, Note]));
  const rows = incidents.map((incident) => incidentRow({ ...incident, note: notes.get(incident.id) ?? incident.note }));
  yield* tables.insert('obs_incidents', rows);
});

/**
 * Times overlap the range, since what began before it and goes on is what people look for.
 * @param heard when a row was heard of last, in SQL
 */
function conditionsOf(
  { fromMs, toMs, minSeverity = 'info', openOnly = false, heardOnly = false }: IncidentRange,
  heard: string,
): Conditions {
  const severe = anomalySeverities.slice(rankOf(minSeverity)).map((name) => `'${name}'`);
  return new Conditions()
    .add('Start < fromUnixTimestamp64Milli({})', 'Int64', Math.ceil(toMs))
    .add('End IS NULL OR End >= fromUnixTimestamp64Milli({})', 'Int64', Math.floor(fromMs))
    .add(`End IS NOT NULL OR ${heard} > least({}, ${heardAfterSql})`, 'Int64', Math.floor(fromMs))
    .add(`Severity IN (${severe.join(', ')})`, 'String')
    .add(openOnly ? 'End IS NULL' : '1', 'String')
    .add(openOnly || heardOnly ? `End IS NOT NULL OR ${heard} > ${heardAfterSql}` : '1', 'String');
}

export const readAnomalies = Effect.fnUntraced(function* (
  range: IncidentRange,
): Effect.fn.Return<readonly Stored<Anomaly>[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const conditions = conditionsOf(range, anomalyHeardSql);
  if (range.service !== undefined) conditions.add('ServiceName = {}', 'String', range.service);
  const rows = yield* client.rows<AnomalyRow>(
    `SELECT ${anomalyColumns} FROM obs_anomalies FINAL WHERE ${conditions.where}
ORDER BY Start DESC, Id LIMIT ${Math.floor(range.limit)}`,
    { parameters: conditions.parameters },
  );
  return rows.map(anomalyOf);
});

/** By id, those that are there, in order of their start. */
export const anomaliesOf = Effect.fnUntraced(function* (
  ids: readonly string[],
): Effect.fn.Return<readonly Stored<Anomaly>[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<AnomalyRow>(
    `SELECT ${anomalyColumns} FROM obs_anomalies FINAL WHERE Id IN {ids:Array(String)} ORDER BY Start, Id`,
    { parameters: { ids } },
  );
  return rows.map(anomalyOf);
});

/** Without those that went into others: they are found by their id alone. */
export const readIncidents = Effect.fnUntraced(function* (
  range: IncidentRange,
): Effect.fn.Return<readonly Stored<Incident>[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const conditions = conditionsOf(range, incidentHeardSql).add('notEmpty(AnomalyIds)', 'String');
  if (range.service !== undefined) conditions.add('has(Services, {})', 'String', range.service);
  const rows = yield* client.rows<IncidentRow>(
    `SELECT ${incidentColumns} FROM obs_incidents FINAL WHERE ${conditions.where}
ORDER BY Start DESC, Id LIMIT ${Math.floor(range.limit)}`,
    { parameters: conditions.parameters },
  );
  return rows.map(incidentOf);
});

/** Those whose id begins like this, the newest first; all for an empty prefix. */
export const incidentsByPrefix = Effect.fnUntraced(function* (
  prefix: string,
  limit: number,
): Effect.fn.Return<readonly Stored<Incident>[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<IncidentRow>(
    `SELECT ${incidentColumns} FROM obs_incidents FINAL WHERE startsWith(Id, {prefix:String})
ORDER BY Start DESC, Id LIMIT ${Math.floor(limit)}`,
    { parameters: { prefix: prefix.toLowerCase() } },
  );
  return rows.map(incidentOf);
});

/** Earlier incidents to compare new ones with; all that were noted before others, of each the newest. */
export const readHistory = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<readonly IncidentHistory[], Failure, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Pick<IncidentRow, 'Id' | 'StartMs' | 'Fingerprint' | 'Note'>>(
    `SELECT Id, toUnixTimestamp64Milli(Start) AS StartMs, Fingerprint, Note FROM obs_incidents FINAL
WHERE Start < fromUnixTimestamp64Milli({now:Int64}) AND notEmpty(AnomalyIds)
ORDER BY Note = '', Start DESC, Id LIMIT ${limits.incidents.history}`,
    { parameters: { now: Math.ceil(nowMs) } },
  );
  return rows.map((row) => ({
    id: row.Id,
    startMs: Number(row.StartMs),
    fingerprint: row.Fingerprint,
    note: row.Note,
  }));
});

const hourMs = 3_600_000;

/** Calls between services within the last hour, from windows of a minute. */
export const openEdges = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<readonly Call[], Failure, QueryClient> {
  const client = yield* QueryClient;
  // Without FINAL: a replaced row names the same two services.
  return yield* client.rows<Call>(
    `SELECT DISTINCT ServiceName AS caller, Subject AS callee FROM obs_features
WHERE Seconds = 60 AND Kind = 'edge' AND Time >= toDateTime({from:Int64}) AND Time < toDateTime({to:Int64})
ORDER BY caller, callee LIMIT ${limits.incidents.edges}`,
    { parameters: { from: Math.floor((nowMs - hourMs) / 1000), to: Math.ceil(nowMs / 1000) } },
  );
});
