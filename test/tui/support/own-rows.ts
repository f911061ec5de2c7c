import type { Anomaly } from '../../../src/engine/domain/anomaly.ts';
import type { Prediction } from '../../../src/engine/domain/prediction.ts';
import type { OwnRow } from '../../../src/engine/store/own-tables.ts';
import type { IncidentRow } from '../../../src/tui/state/anomaly-data.ts';

/** Unix milliseconds as a column of DateTime64(3) takes them. */
export function time(atMs: number): string;
export function time(atMs: number | null): string | null;
export function time(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString().slice(0, 23).replace('T', ' ');
}

export function anomalyRow(anomaly: Anomaly): OwnRow {
  return {
    Id: anomaly.id,
    Start: time(anomaly.startMs),
    Peak: time(anomaly.peakMs),
    End: time(anomaly.endMs),
    Found: time(anomaly.foundMs),
    ServiceName: anomaly.service,
    Severity: anomaly.severity,
    Score: anomaly.score,
    Summary: anomaly.summary,
    Detectors: anomaly.detectors,
    Learned: anomaly.learned,
    Carriers: JSON.stringify(anomaly.carriers),
  };
}

export function incidentRow(incident: IncidentRow): OwnRow {
  return {
    Id: incident.id,
    Start: time(incident.startMs),
    End: time(incident.endMs),
    Severity: incident.severity,
    Services: incident.services,
    Origin: incident.origin,
    AnomalyIds: incident.anomalyIds,
    Summary: incident.summary,
    Fingerprint: {},
    Similar: JSON.stringify(incident.similar),
    Note: incident.note,
  };
}

export function predictionRow(prediction: Prediction): OwnRow {
  const { series } = prediction;
  return {
    Id: prediction.id,
    Made: time(prediction.madeMs),
    Claim: prediction.kind,
    Kind: series.kind,
    ServiceName: series.service,
    Subject: series.subject,
    Feature: series.feature,
    Title: prediction.title,
    Threshold: prediction.threshold,
    Direction: prediction.direction ?? '',
    At: time(prediction.atMs),
    Low: prediction.low,
    Likely: prediction.likely,
    High: prediction.high,
    Earliest: time(prediction.earliestMs),
    LikelyAt: time(prediction.likelyMs),
    Latest: time(prediction.latestMs),
    Probability: prediction.probability,
    Outcome: prediction.outcome,
    Marked: time(prediction.markedMs),
    Actual: prediction.actual,
  };
}

export function featureRow(
  atMs: number,
  seconds: number,
  about: { readonly kind: string; readonly service: string; readonly subject: string },
  values: Readonly<Record<string, number>>,
): OwnRow {
  return {
    Time: Math.floor(atMs / 1000),
    Seconds: seconds,
    Kind: about.kind,
    ServiceName: about.service,
    Subject: about.subject,
    Values: values,
    Marks: [],
  };
}
