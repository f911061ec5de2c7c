import type { Anomaly, AnomalySeverity, LearnedFrom, SeriesName } from '../../domain/anomaly.ts';
import { carriersOf } from './carriers.ts';
import { deviationOf } from './deviation.ts';
import { isHabit, remember } from './habits.ts';
import { keepHeadline } from './headline.ts';
import { idOf, sameSeries } from './identity.ts';
import { windowMs } from './layout.ts';
import { learnedOf, type Scope } from './scope.ts';
import { episodeGap, scoreOf, totalAt } from './scope-score.ts';
import { severityOf } from './severity.ts';

/** An anomaly as it is kept while it goes on, and for a while after, with windows in place of times. */
export interface OpenAnomaly {
  readonly id: string;
  readonly start: number;
  readonly foundMs: number;
  readonly learned: LearnedFrom;
  peak: number;
  /** Sum at the peak: a higher one is a new peak. */
  total: number;
  score: number;
  severity: AnomalySeverity;
  detectors: readonly string[];
  carriers: Anomaly['carriers'];
  /** First window of what the first carrier says; not in states of before. */
  headlineSince?: number;
  /** Newest window out of the usual, and the one in which it was told of last. */
  newestBad: number;
  told: number;
  ended: number | null;
  adopted: boolean;
}

/** It goes on while the sum is above this part of what raises an alarm … */
const goesOn = 0.6;
/** … and has ended when it was not for so many windows: a minute. Without any windows, five. */
const calm = 6;
const silent = 30;
/** An anomaly that goes on is told of once a minute, and at once when it got this much worse. */
const toldEvery = 6;
const worth = 0.5;

/** Beyond the alarm, as −log10: ten times rarer. */
const sureAt = 1;

const rank = { info: 0, warning: 1, critical: 2 } as const;

/**
 * Opens, continues and ends the anomaly of a scope after a window was scored. At most one is open a scope. What comes
 * within a quarter of an hour after the end, and is carried by a series that carried it before, goes on under the old id.
 *
 * @param total of the changes that matter
 * @param alarm the score that opens one
 * @returns what is worth telling, if anything
 */
export function track(scope: Scope, total: number, alarm: number, nowMs: number): Anomaly | null {
  const alarmAt = totalAt(scope.tail, alarm);
  const { open } = scope;
  if (open === null) return total < alarmAt || isUsualNow(scope, total) ? null : begin(scope, total, alarm, nowMs);
  if (total < goesOn * alarmAt) return scope.window - open.newestBad >= calm ? end(scope, open) : null;
  open.newestBad = scope.window;
  let changed = scope.window - open.told >= toldEvery;
  if (total > open.total) changed = rise(scope, open, total, alarm) || changed;
  if (!changed) return null;
  open.told = scope.window;
  return anomalyOf(scope, open);
}

/** Ends what was open when no windows came any more. */
export function trackSilence(scope: Scope, window: number): Anomaly | null {
  return scope.open !== null && window - scope.open.newestBad >= silent ? end(scope, scope.open) : null;
}

function begin(scope: Scope, total: number, alarm: number, nowMs: number): Anomaly {
  const before = scope.last;
  const recent =
    before !== null && before.ended !== null && scope.window - before.newestBad <= episodeGap ? before : null;
  const { carriers, ofCalls, detectors, sinces, since } = carriersOf(scope, before === null ? 0 : before.newestBad + 1);
  if (recent !== null && recent.carriers.some((old) => carriers.some((carrier) => sameSeries(old, carrier)))) {
    recent.ended = null;
    recent.newestBad = scope.window;
    recent.told = scope.window;
    recent.adopted = false;
    scope.open = recent;
    scope.last = null;
    if (total > recent.total) rise(scope, recent, total, alarm);
    return anomalyOf(scope, recent);
  }
  const score = scoreOf(scope.tail, total);
  const open: OpenAnomaly = {
    id: idOf(`${scope.key}\n${since}`),
    start: since,
    foundMs: nowMs,
    learned: learnedOf(scope),
    peak: scope.window,
    total,
    score,
    severity: severityOf(carriers, ofCalls, score >= alarm + sureAt),
    detectors,
    carriers,
    headlineSince: sinces[0] ?? since,
    newestBad: scope.window,
    told: scope.window,
    ended: null,
    adopted: false,
  };
  scope.open = open;
  return anomalyOf(scope, open);
}

/** A new peak. @returns whether it says more than what was told before */
function rise(scope: Scope, open: OpenAnomaly, total: number, alarm: number): boolean {
  const score = scoreOf(scope.tail, total);
  const first = open.carriers[0];
  const told = first && { series: first, since: open.headlineSince ?? open.start };
  const { carriers: fresh, ofCalls, detectors, sinces } = carriersOf(scope, open.start, told);
  const severity = severityOf(fresh, ofCalls, score >= alarm + sureAt);
  const carriers = first === undefined ? fresh : keepHeadline(first, fresh);
  const head = carriers[0];
  const says =
    score >= open.score + worth ||
    rank[severity] > rank[open.severity] ||
    first === undefined ||
    head === undefined ||
    !sameSeries(first, head);
  if (head !== undefined && fresh.includes(head)) open.headlineSince = sinces[fresh.indexOf(head)]!;
  open.total = total;
  open.score = Math.max(open.score, score);
  open.peak = scope.window;
  open.carriers = carriers;
  open.detectors = [...new Set([...detectors, ...open.detectors])];
  if (rank[severity] > rank[open.severity]) open.severity = severity;
  return says;
}

function end(scope: Scope, open: OpenAnomaly): Anomaly {
  remember(scope.habits, open.start, namesOf(open.carriers), open.total);
  open.ended = Math.max(open.start, open.newestBad) + 1;
  scope.open = null;
  scope.last = open;
  return anomalyOf(scope, open);
}

/** A series and the direction in which it went. */
const nameOf = ({ kind, subject, feature }: SeriesName, up: boolean): string =>
  `${kind} ${subject} ${feature} ${up ? 'up' : 'down'}`;

const namesOf = (carriers: Anomaly['carriers']): string[] =>
  carriers.map((carrier) => nameOf(carrier, carrier.value > carrier.usual));

/** Whether the same left its usual at this time on other days: it is remembered, and not told. */
function isUsualNow(scope: Scope, total: number): boolean {
  if (scope.habits.length === 0) return false;
  const names = scope.carrying.map((place) => {
    const series = scope.scored[place]!;
    const { value, usual } = deviationOf(series);
    return nameOf(series.name, value > usual);
  });
  if (!isHabit(scope.habits, scope.window, names, total)) return false;
  remember(scope.habits, scope.window, names, total);
  return true;
}

function anomalyOf(scope: Scope, open: OpenAnomaly): Anomaly {
  const words = open.carriers[0]?.words ?? '';
  return {
    id: open.id,
    service: scope.service,
    startMs: open.start * windowMs,
    peakMs: open.peak * windowMs,
    endMs: open.ended === null ? null : open.ended * windowMs,
    foundMs: open.foundMs,
    severity: open.severity,
    score: Math.round(1000 * open.score) / 1000,
    detectors: open.detectors,
    carriers: open.carriers,
    summary: open.ended !== null && open.adopted ? `${words}; it lasted, and is taken for usual from now on` : words,
    learned: open.learned,
  };
}
