import type { Anomaly, AnomalyCarrier, AnomalySeverity } from '../../engine/domain/anomaly.ts';
import type { Prediction } from '../../engine/domain/prediction.ts';
import type { AnomalyData, IncidentRow } from './anomaly-data.ts';
import type { Grade } from './burn.ts';
import { listOf, selectedKey } from './lists.ts';
import { memoLast } from './memo.ts';
import type { Model, View } from './model.ts';
import { keep, row, type Row } from './row-lists.ts';

const none: readonly never[] = [];
const hour = 3_600_000;

export function severityGrade(severity: AnomalySeverity): Grade {
  return severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'fine';
}

/** What more likely comes than not: within the hour it is bad, within a day it is worth a look. */
export function predictionGrade({ likelyMs, earliestMs, probability }: Prediction, nowMs: number): Grade {
  const atMs = likelyMs ?? earliestMs;
  if (atMs === null || probability < 0.5) return 'fine';
  return atMs - nowMs < hour ? 'bad' : atMs - nowMs < 24 * hour ? 'warn' : 'fine';
}

export const incidentRows = memoLast((data: readonly IncidentRow[], filter: string): readonly Row<IncidentRow>[] =>
  keep(
    data.map((i) => row(i.id, i, i.severity === 'critical')),
    filter,
    (i) => `${i.summary} ${i.origin} ${i.services.join(' ')} ${i.severity} ${i.note}`,
  ),
);

/** @param ids of an incident; null for all */
export const anomalyRows = memoLast(
  (data: readonly Anomaly[], ids: readonly string[] | null, filter: string): readonly Row<Anomaly>[] =>
    keep(
      data.filter((a) => ids === null || ids.includes(a.id)).map((a) => row(a.id, a, a.severity === 'critical')),
      filter,
      (a) => `${a.summary} ${a.service} ${a.severity} ${a.carriers.map((c) => `${c.subject} ${c.words}`).join(' ')}`,
    ),
);

export const predictionRows = memoLast(
  (data: readonly Prediction[], filter: string, minuteMs: number): readonly Row<Prediction>[] =>
    keep(
      data.map((p) => row(p.id, p, predictionGrade(p, minuteMs) === 'bad')),
      filter,
      (p) => `${p.title} ${p.series.service} ${p.series.subject} ${p.series.feature}`,
    ),
);

/** Rows of predictions as they are in this minute: urgency does not move with every tick. */
export function predictionsNow(model: Model, view: View): readonly Row<Prediction>[] {
  const minuteMs = Math.floor(model.nowMs / 60_000) * 60_000;
  return predictionRows(model.panels.predictions?.data.predictions ?? none, view.filter, minuteMs);
}

/** The incident whose anomalies are shown; null when all are. */
export function chosenIncident(data: AnomalyData | undefined, view: View): IncidentRow | null {
  if (view.allAnomalies || data === undefined) return null;
  const rows = incidentRows(data.incidents, view.filter);
  const key = selectedKey(listOf(view, 'incidents'), rows);
  return rows.find((r) => r.key === key)?.data ?? null;
}

export function shownAnomalies(data: AnomalyData | undefined, view: View): readonly Row<Anomaly>[] {
  const ids = chosenIncident(data, view)?.anomalyIds ?? null;
  return anomalyRows(data?.anomalies ?? none, ids, view.filter);
}

/** The anomaly that the details tell of. */
export function chosenAnomaly(data: AnomalyData | undefined, view: View): Anomaly | null {
  const rows = shownAnomalies(data, view);
  const key = selectedKey(listOf(view, 'anomalies'), rows);
  return rows.find((r) => r.key === key)?.data ?? null;
}

/** The carrier whose series is drawn: the most telling one that has windows, which the error of a model has not. */
export function seriesOf({ carriers }: Anomaly): AnomalyCarrier | undefined {
  return carriers.find(({ feature }) => !feature.startsWith('model '));
}
