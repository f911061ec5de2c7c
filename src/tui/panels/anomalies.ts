import {
  anomalySeverities,
  learnedFrom,
  type Anomaly,
  type AnomalyCarrier,
  type Incident,
} from '../../engine/domain/anomaly.ts';
import { featureKinds } from '../../engine/domain/feature-row.ts';
import { limits } from '../../engine/domain/limits.ts';
import { selfServiceName } from '../../engine/domain/self-service.ts';
import { anomalyHeardSql, incidentHeardSql, overSql } from '../../engine/domain/still-open.ts';
import { leastOutlookMs, type Alarm, type AnomalyData, type IncidentRow } from '../state/anomaly-data.ts';
import type { RequestFor } from '../state/data.ts';
import { list, number, text, timeOrNull, type Panel, type PanelStatement, type Row } from './panel.ts';

const hour = 3_600_000;

const unix = (column: string): string => `toFloat64(toUnixTimestamp64Milli(${column}))`;
const milliseconds = (parameter: string): string => `fromUnixTimestamp64Milli({${parameter}:Int64})`;
const bySeverity = "indexOf(['critical', 'warning', 'info'], toString(Severity))";
const openFirst = `Over IS NULL DESC, if(Over IS NULL, ${bySeverity}, 0), Start DESC, Id`;
/** What nobody continues ended when it was heard of last. */
const incidentsOver = `WITH ${overSql(incidentHeardSql)} AS Over`;
const anomaliesOver = `WITH ${overSql(anomalyHeardSql)} AS Over`;

const incidentColumns = `Id AS id, ${unix('Start')} AS startMs, ${unix('Over')} AS endMs, Severity AS severity, Services AS services,
  Origin AS origin, AnomalyIds AS anomalyIds, Summary AS summary, Similar AS similar, Note AS note`;

/** What is open now, the most serious first; asked for on every page, and a handful of rows. */
export function alarmPanel(request: RequestFor<'alarm'>, nowMs: number): Panel<'alarm'> {
  const { services } = request;
  return {
    statements: [
      {
        sql: `${incidentsOver}
SELECT Severity AS severity, Origin AS origin, Services AS services, Summary AS summary, toFloat64(count() OVER ()) AS open
FROM obs_incidents FINAL
WHERE Start >= ${milliseconds('oldestMs')} AND Over IS NULL${services.length === 0 ? '' : ' AND hasAny(Services, {services:Array(String)})'}
ORDER BY ${bySeverity}, Start DESC
LIMIT 1`,
        parameters: { oldestMs: oldestOf(nowMs), ...(services.length === 0 ? {} : { services }) },
      },
    ],
    decode: ([row] = []) => (row === undefined ? noAlarm : { open: number(row, 'open'), worst: worstOf(row) }),
    withoutTables: noAlarm,
  };
}

const noAlarm: Alarm = { open: 0, worst: null };

function worstOf(row: Row): Alarm['worst'] {
  return {
    severity: severityOf(row),
    origin: text(row, 'origin'),
    services: list(row, 'services').map(String),
    summary: text(row, 'summary'),
  };
}

/** The same for all polls of an hour, so that it changes no answer. */
function oldestOf(nowMs: number): number {
  return Math.floor((nowMs - limits.watch.openForMs) / hour) * hour;
}

/** Incidents, then the anomalies of the same time and all of theirs, then what is watched at all. */
export function anomaliesPanel(request: RequestFor<'anomalies'>, nowMs: number): Panel<'anomalies'> {
  const { services, rangeMs } = request;
  const parameters = {
    oldestMs: oldestOf(nowMs),
    fromMs: nowMs - Math.max(rangeMs, leastOutlookMs),
    ...(services.length === 0 ? {} : { services }),
  };
  const touched = `Start >= ${milliseconds('oldestMs')} AND (Over IS NULL OR Over >= ${milliseconds('fromMs')})`;
  const anomaliesOf = (incidents: readonly Row[]): PanelStatement => ({
    sql: `${anomaliesOver}
SELECT Id AS id, ${unix('Start')} AS startMs, ${unix('Peak')} AS peakMs, ${unix('Over')} AS endMs, ${unix('Found')} AS foundMs,
  ServiceName AS service, Severity AS severity, Score AS score, Summary AS summary, Detectors AS detectors, Learned AS learned, Carriers AS carriers
FROM obs_anomalies FINAL
WHERE Start >= ${milliseconds('oldestMs')} AND (Id IN {ids:Array(String)} OR (${touched}${
      services.length === 0 ? '' : ' AND ServiceName IN {services:Array(String)}'
    }))
ORDER BY ${openFirst}
LIMIT ${limits.watch.anomalies}`,
    parameters: { ...parameters, ids: incidents.flatMap((row) => list(row, 'anomalyIds').map(String)) },
  });
  return {
    statements: [
      {
        sql: `${incidentsOver}
SELECT ${incidentColumns}
FROM obs_incidents FINAL
WHERE ${touched}${services.length === 0 ? '' : ' AND hasAny(Services, {services:Array(String)})'}
ORDER BY ${openFirst}
LIMIT ${limits.watch.incidents}`,
        parameters,
      },
      watchedStatement(nowMs),
    ],
    follow: ([incidents = [], , anomalies]) => (anomalies === undefined ? anomaliesOf(incidents) : null),
    decode: (incidents = [], watched = [], anomalies = []) => ({
      isKept: true,
      incidents: incidents.map(incidentOf),
      anomalies: anomalies.map(anomalyOf),
      watched: watchedOf(watched),
    }),
    withoutTables: nothingKept,
  };
}

const nothingKept: AnomalyData = {
  isKept: false,
  incidents: [],
  anomalies: [],
  watched: { services: 0, firstMs: null, lastMs: null },
};

/** The oldest and newest window come from the parts' own figures; services are counted in minutes of the last hour. */
function watchedStatement(nowMs: number): PanelStatement {
  return {
    sql: `SELECT toFloat64(toUnixTimestamp(min(Time))) * 1000 AS firstMs, toFloat64(toUnixTimestamp(max(Time))) * 1000 AS lastMs,
  toFloat64(count()) AS windows, (SELECT toFloat64(uniqExact(ServiceName)) FROM obs_features
    WHERE Seconds = 60 AND Kind = 'service' AND ServiceName NOT IN ('', {self:String}) AND Time >= toDateTime({hourAgo:UInt32})) AS services
FROM obs_features`,
    // By the minute, so that polls within one agree.
    parameters: { hourAgo: Math.floor((nowMs - hour) / 60_000) * 60, self: selfServiceName },
  };
}

function watchedOf([row = {}]: readonly Row[]): AnomalyData['watched'] {
  if (number(row, 'windows') === 0) return nothingKept.watched;
  return { services: number(row, 'services'), firstMs: number(row, 'firstMs'), lastMs: number(row, 'lastMs') };
}

function incidentOf(row: Row): IncidentRow {
  return {
    id: text(row, 'id'),
    startMs: number(row, 'startMs'),
    endMs: timeOrNull(row, 'endMs'),
    severity: severityOf(row),
    services: list(row, 'services').map(String),
    origin: text(row, 'origin'),
    anomalyIds: list(row, 'anomalyIds').map(String),
    summary: text(row, 'summary'),
    similar: objects(text(row, 'similar')).map(similarOf),
    note: text(row, 'note'),
  };
}

function anomalyOf(row: Row): Anomaly {
  return {
    id: text(row, 'id'),
    service: text(row, 'service'),
    startMs: number(row, 'startMs'),
    peakMs: number(row, 'peakMs'),
    endMs: timeOrNull(row, 'endMs'),
    foundMs: number(row, 'foundMs'),
    severity: severityOf(row),
    score: number(row, 'score'),
    detectors: list(row, 'detectors').map(String),
    carriers: objects(text(row, 'carriers')).map(carrierOf),
    summary: text(row, 'summary'),
    learned: learnedFrom.find((word) => word === row['learned']) ?? 'minutes',
  };
}

function severityOf(row: Row): Anomaly['severity'] {
  return anomalySeverities.find((word) => word === row['severity']) ?? 'info';
}

/** JSON that another version of obs may have written: what is no list of objects is none at all. */
function objects(json: string): readonly Row[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((item): item is Row => typeof item === 'object' && item !== null) : [];
  } catch {
    return [];
  }
}

function carrierOf(row: Row): AnomalyCarrier {
  return {
    kind: featureKinds.find((kind) => kind === row['kind']) ?? 'service',
    service: text(row, 'service'),
    subject: text(row, 'subject'),
    feature: text(row, 'feature'),
    value: figure(row, 'value'),
    usual: figure(row, 'usual'),
    usualLow: figure(row, 'usualLow'),
    usualHigh: figure(row, 'usualHigh'),
    share: number(row, 'share'),
    words: text(row, 'words'),
  };
}

/** JSON has no NaN: it is written as null, and is not 0. */
function figure(row: Row, name: string): number {
  return typeof row[name] === 'number' ? row[name] : Number.NaN;
}

function similarOf(row: Row): Incident['similar'][number] {
  return {
    id: text(row, 'id'),
    startMs: number(row, 'startMs'),
    likeness: number(row, 'likeness'),
    note: text(row, 'note'),
  };
}
