import type { Anomaly, AnomalySeverity } from '../../engine/domain/anomaly.ts';
import type { Prediction } from '../../engine/domain/prediction.ts';
import type { IncidentRow } from '../state/anomaly-data.ts';
import { predictionGrade, severityGrade } from '../state/anomaly-rows.ts';
import type { Model } from '../state/model.ts';
import { featureFigure } from './feature-figure.ts';
import { gradeMark, gradeTone } from './grades.ts';
import { percent } from './numbers.ts';
import { cell, column, type Column } from './table.ts';
import { printable, widthOf, type Segment } from './text.ts';
import { ago, clock, dayClock, lasting, until } from './time.ts';

const right = { align: 'right' } as const;
const hour = 3_600_000;

type Clock = Pick<Model, 'nowMs' | 'zone'>;

interface Stretch {
  readonly startMs: number;
  readonly endMs: number | null;
  readonly severity: AnomalySeverity;
  readonly summary: string;
}

/** @param rows those of the list: its sentences get the room that they need, before anything else does */
export function incidentColumns(
  model: Clock,
  rows: readonly IncidentRow[],
  width: number,
): readonly Column<IncidentRow>[] {
  return [
    // It begins with where the incident comes from: nothing else is worth cutting it for.
    ...stretchColumns(model, rows, width - 28),
    column('origin', 'from', 10, (i) => cell(i.origin, 'accent'), { max: 28, measure: (i) => i.origin }),
    severityColumn<IncidentRow>(),
    column('services', 'services', 14, (i) => cell(i.services.join(', '), 'muted'), {
      max: 60,
      measure: (i) => i.services.join(', '),
    }),
    column('note', 'note', 12, (i) => cell(i.note), { max: 80, measure: (i) => i.note }),
  ];
}

export function anomalyColumns(model: Clock, rows: readonly Anomaly[], width: number): readonly Column<Anomaly>[] {
  return [
    ...stretchColumns(model, rows, Math.floor(width * 0.55)),
    column('service', 'service', 10, (a) => cell(nameOf(a), 'accent'), { max: 28, measure: nameOf }),
    severityColumn<Anomaly>(),
    column('learned', 'known', 7, (a) => cell(a.learned, 'muted')),
    column('detectors', 'raised by', 12, (a) => cell(a.detectors.join(', '), 'muted'), {
      max: 40,
      measure: (a) => a.detectors.join(', '),
    }),
  ];
}

/** Whether it goes on, when it began, how long it lasted, and what it is. @param most columns of the sentence that go before others */
function stretchColumns<T extends Stretch>(
  { nowMs, zone }: Clock,
  rows: readonly T[],
  most: number,
): readonly Column<T>[] {
  const started = (s: T): string => startText(s.startMs, nowMs, zone);
  const longest = (text: (s: T) => string): number => rows.reduce((most, s) => Math.max(most, widthOf(text(s))), 0);
  const summary = (s: T): string => printable(withoutTime(s.summary));
  return [
    column('state', 'now', 4, (s) =>
      s.endMs === null ? cell('open', severityTone(s.severity)) : cell('over', 'muted'),
    ),
    column('started', 'started', Math.max(8, longest(started)), (s) => cell(started(s), 'muted')),
    column('lasted', 'for', 4, (s) => cell(lasting((s.endMs ?? nowMs) - s.startMs)), right),
    column(
      'summary',
      'what',
      Math.max(8, Math.min(longest(summary), most)),
      (s) => cell(summary(s), s.endMs === null ? 'normal' : 'muted'),
      { max: 160, measure: summary },
    ),
  ];
}

function severityColumn<T extends Stretch>(): Column<T> {
  return column('severity', 'severity', 8, (s) => cell(s.severity, severityTone(s.severity)));
}

export function severityTone(severity: AnomalySeverity): ReturnType<typeof gradeTone> {
  return gradeTone(severityGrade(severity), 'info');
}

/** `✗` critical, `!` warning; of what is over, without its colour. */
export function stretchMark({ severity, endMs }: Pick<Stretch, 'severity' | 'endMs'>): Segment {
  const mark = gradeMark(severityGrade(severity));
  return endMs === null ? mark : { ...mark, tone: 'muted' };
}

/** The service, or the host where there is none. */
export function nameOf({ service, carriers }: Pick<Anomaly, 'service' | 'carriers'>): string {
  return service === '' ? (carriers.find((c) => c.kind === 'host')?.subject ?? '') : service;
}

/** Sentences end in when it began, in UTC; screens say that beside them, in the zone that was asked for. */
export function withoutTime(sentence: string): string {
  return sentence.replace(/,? since (\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?( UTC)?(?=$|[.,;])/, '');
}

/** `14:02:10`, or the day with it when it was half a day ago. */
export function startText(atMs: number, nowMs: number, zone: Model['zone']): string {
  return nowMs - atMs < 12 * hour ? clock(atMs, zone) : dayClock(atMs, zone).slice(0, 11);
}

export function predictionColumns({ nowMs, zone }: Clock): readonly Column<Prediction>[] {
  const ahead = (atMs: number): string => (atMs > nowMs ? lasting(atMs - nowMs) : 'now');
  const between = ({ earliestMs, latestMs }: Prediction): string => {
    if (earliestMs === null) return latestMs === null ? '' : `before ${ahead(latestMs)}`;
    return latestMs === null ? `after ${ahead(earliestMs)}` : `${ahead(earliestMs)} and ${ahead(latestMs)}`;
  };
  const when = (p: Prediction): string =>
    p.likelyMs === null ? '' : startText(p.likelyMs, p.likelyMs - nowMs < 12 * hour ? p.likelyMs : nowMs + 1e12, zone);
  return [
    column('likely', 'likely', 7, (p) => cell(until(p.likelyMs, nowMs), gradeTone(predictionGrade(p, nowMs))), right),
    column('between', 'between', 11, (p) => cell(between(p), 'muted')),
    column('sure', 'sure', 4, (p) => cell(percent(Math.round(p.probability * 100) / 100).replace(/\.\d+/, '')), right),
    column('title', 'what', 24, (p) => cell(p.title === '' ? seriesName(p) : p.title), {
      max: 160,
      measure: (p) => (p.title === '' ? seriesName(p) : p.title),
    }),
    column('at', 'at', 11, (p) => cell(when(p), 'muted')),
    column('service', 'service', 10, (p) => cell(p.series.service, 'accent'), {
      max: 28,
      measure: (p) => p.series.service,
    }),
    column('made', 'said', 8, (p) => cell(`${ago(p.madeMs, nowMs)} ago`, 'muted'), right),
  ];
}

function seriesName({ series, threshold, direction }: Prediction): string {
  const name = [series.service, series.subject, series.feature].filter((part) => part !== '').join(' ');
  return threshold === null ? name : `${name} ${direction ?? 'reaches'} ${featureFigure(series.feature, threshold)}`;
}
