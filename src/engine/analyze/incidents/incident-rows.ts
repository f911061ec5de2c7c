import type { Anomaly, AnomalyCarrier, AnomalySeverity, Incident, LearnedFrom } from '../../domain/anomaly.ts';
import { anomalyHeardSql, incidentHeardSql, isHeardOf, newestWindowSql } from '../../domain/still-open.ts';
import type { OwnRow } from '../../store/own-tables.ts';

/** A row as it is read. */
export type Stored<T> = T & {
  /** Only where it has no end and nobody continues it: when it was heard of last, Unix milliseconds. */
  readonly unheardSinceMs?: number;
};

/** As ClickHouse reads a DateTime64(3) in JSON, whatever the server's time zone: Unix seconds, with a fraction only as text. */
const seconds = (ms: number): string => (Math.round(ms) / 1000).toFixed(3);

export const anomalyRow = (anomaly: Anomaly): OwnRow => ({
  Id: anomaly.id,
  Start: seconds(anomaly.startMs),
  Peak: seconds(anomaly.peakMs),
  End: anomaly.endMs === null ? null : seconds(anomaly.endMs),
  Found: seconds(anomaly.foundMs),
  ServiceName: anomaly.service,
  Severity: anomaly.severity,
  Score: anomaly.score,
  Summary: anomaly.summary,
  Detectors: anomaly.detectors,
  Learned: anomaly.learned,
  Carriers: JSON.stringify(anomaly.carriers),
});

export const incidentRow = (incident: Incident): OwnRow => ({
  Id: incident.id,
  Start: seconds(incident.startMs),
  End: incident.endMs === null ? null : seconds(incident.endMs),
  Severity: incident.severity,
  Services: incident.services,
  Origin: incident.origin,
  AnomalyIds: incident.anomalyIds,
  Summary: incident.summary,
  Fingerprint: incident.fingerprint,
  Similar: JSON.stringify(incident.similar),
  Note: incident.note,
});

/** Columns of a read, with times as Unix milliseconds. */
export const anomalyColumns = `Id, toUnixTimestamp64Milli(Start) AS StartMs, toUnixTimestamp64Milli(Peak) AS PeakMs,
  toUnixTimestamp64Milli(End) AS EndMs, toUnixTimestamp64Milli(Found) AS FoundMs, ServiceName, Severity, Score, Summary,
  Detectors, Learned, Carriers, toInt64(${anomalyHeardSql}) AS HeardMs, ${newestWindowSql} AS NewestMs`;

export const incidentColumns = `Id, toUnixTimestamp64Milli(Start) AS StartMs, toUnixTimestamp64Milli(End) AS EndMs, Severity,
  Services, Origin, AnomalyIds, Summary, Fingerprint, Similar, Note, toInt64(${incidentHeardSql}) AS HeardMs,
  ${newestWindowSql} AS NewestMs`;

interface HeardRow {
  readonly EndMs: string | null;
  readonly HeardMs: string;
  /** 0: no window is stored. */
  readonly NewestMs: string;
}

export interface AnomalyRow extends HeardRow {
  readonly Id: string;
  readonly StartMs: string;
  readonly PeakMs: string;
  readonly FoundMs: string;
  readonly ServiceName: string;
  readonly Severity: AnomalySeverity;
  readonly Score: number;
  readonly Summary: string;
  readonly Detectors: readonly string[];
  readonly Learned: LearnedFrom;
  readonly Carriers: string;
}

export interface IncidentRow extends HeardRow {
  readonly Id: string;
  readonly StartMs: string;
  readonly Severity: AnomalySeverity;
  readonly Services: readonly string[];
  readonly Origin: string;
  readonly AnomalyIds: readonly string[];
  readonly Summary: string;
  readonly Fingerprint: Readonly<Record<string, number>>;
  readonly Similar: string;
  readonly Note: string;
}

function unheard({ EndMs, HeardMs, NewestMs }: HeardRow): { readonly unheardSinceMs?: number } {
  const newestMs = Number(NewestMs) === 0 ? null : Number(NewestMs);
  return EndMs !== null || isHeardOf(Number(HeardMs), newestMs) ? {} : { unheardSinceMs: Number(HeardMs) };
}

export const anomalyOf = (row: AnomalyRow): Stored<Anomaly> => ({
  id: row.Id,
  service: row.ServiceName,
  startMs: Number(row.StartMs),
  peakMs: Number(row.PeakMs),
  endMs: row.EndMs === null ? null : Number(row.EndMs),
  foundMs: Number(row.FoundMs),
  severity: row.Severity,
  score: Number(row.Score),
  detectors: row.Detectors,
  carriers: listIn<AnomalyCarrier>(row.Carriers),
  summary: row.Summary,
  learned: row.Learned,
  ...unheard(row),
});

export const incidentOf = (row: IncidentRow): Stored<Incident> => ({
  id: row.Id,
  startMs: Number(row.StartMs),
  endMs: row.EndMs === null ? null : Number(row.EndMs),
  severity: row.Severity,
  services: row.Services,
  origin: row.Origin,
  anomalyIds: row.AnomalyIds,
  summary: row.Summary,
  fingerprint: row.Fingerprint,
  similar: listIn<Incident['similar'][number]>(row.Similar),
  note: row.Note,
  ...unheard(row),
});

/** A list that cannot be read is told as none: the row's other columns still say what happened. */
function listIn<T>(json: string): readonly T[] {
  try {
    const list = JSON.parse(json) as unknown;
    return Array.isArray(list) ? (list as T[]) : [];
  } catch {
    return [];
  }
}
