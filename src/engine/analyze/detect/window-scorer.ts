import type { FeatureRow } from '../../domain/feature-row.ts';
import type { Vote } from '../../domain/vote.ts';
import { deviationOf } from './deviation.ts';
import { voteFeature } from './features-watched.ts';
import { at, stride, windowsPerDay } from './layout.ts';
import { matters } from './practical.ts';
import { beginWindow, learnedOf, newScope, type Scope } from './scope.ts';
import { beginAnew, scoreSeries, type Series, stillGoesOn } from './series.ts';
import { SeriesTable, type Subject } from './series-table.ts';

/** Below this calibrated surprise a series carries nothing. */
const carrying = 2;
/** An operation or service that sends nothing counts as silent for so long, then as gone. */
const silentFor = windowsPerDay;

const largestValue = 1e18;

/** Scores the rows of a window, series by series, and gathers them by scope. */
export class WindowScorer {
  readonly table: SeriesTable;
  readonly scopes = new Map<string, Scope>();

  constructor(maxSeries: number) {
    this.table = new SeriesTable(maxSeries);
  }

  /** @returns how many series are not watched because there are too many */
  score(window: number, rows: readonly FeatureRow[], votes: readonly Vote[], turnedBack: boolean): number {
    if (turnedBack) this.#turnBack(window);
    let anyNew = false;
    for (const row of rows) {
      if (row.seconds !== 10 || row.kind === 'edge') continue;
      if (this.#scoreRow(row, window)) anyNew = true;
    }
    for (const vote of votes) if (this.#scoreVote(vote, window)) anyNew = true;
    this.#scoreSilent(window);
    return anyNew ? this.table.takeUp(window) : 0;
  }

  #scoreRow(row: FeatureRow, window: number): boolean {
    const subject = this.table.subjectOf(row.kind, row.service, row.subject);
    if (subject.newest === window) return false;
    const { values, marks } = row;
    const marked = marks.length > 0;
    // Silence is looked at with those that have no row.
    if (marked && marks.includes('gap') && !((values['calls'] ?? 0) > 0)) return false;
    subject.newest = window;
    if (marked && marks.includes('reset')) return false;
    if (marked && marks.includes('restart')) restart(subject);
    const scope = this.scopeOf(subject, window);
    const calls = finite(values['calls']) ?? 0;
    let anyNew = false;
    for (const feature in values) {
      const series = subject.series.get(feature);
      if (series === null) continue;
      const value = finite(feature === 'error_rate' ? (values['errors'] ?? values[feature]! * calls) : values[feature]);
      if (value === undefined) continue;
      if (series !== undefined) this.#scoreSeries(scope, series, value, calls, window);
      else {
        this.table.seriesOf(subject, feature, row);
        anyNew ||= subject.series.get(feature) !== null;
      }
    }
    return anyNew;
  }

  #scoreVote(vote: Vote, window: number): boolean {
    const error = finite(vote.error);
    if (error === undefined) return false;
    const subject = this.table.subjectOf('service', vote.service, '');
    const watched = voteFeature(vote.family);
    const series = subject.series.get(watched.feature);
    if (series === undefined) {
      this.table.want(subject, watched, Number.MAX_VALUE);
      return true;
    }
    const scope = this.scopeOf(subject, window);
    scope.votes = [...scope.votes, vote];
    if (series !== null) this.#scoreSeries(scope, series, error, 0, window);
    return false;
  }

  /** Services and operations that are known and have no row, or one that says so: nobody calls them. */
  #scoreSilent(window: number): void {
    for (const subject of this.table.subjects.values()) {
      if (subject.newest === window || window - subject.newest > silentFor) continue;
      if (subject.kind !== 'service' && subject.kind !== 'operation') continue;
      const scope = this.scopeOf(subject, window);
      for (const feature of ['calls', 'logs']) {
        const series = subject.series.get(feature);
        if (series !== undefined && series !== null) this.#scoreSeries(scope, series, 0, 0, window);
      }
    }
  }

  scopeOf(subject: Subject, window: number): Scope {
    const { kind, service } = subject;
    const key = service === '' ? `${kind} ${subject.subject}` : service;
    let scope = this.scopes.get(key);
    if (scope === undefined) {
      scope = newScope(key, service);
      this.scopes.set(key, scope);
    }
    if (scope.window !== window) beginWindow(scope, window);
    return scope;
  }

  #scoreSeries(scope: Scope, series: Series, value: number, calls: number, window: number): void {
    // Of no calls there is no share of errors to learn.
    if (series.watched.family === 'share' && calls < 1) return;
    const surprise = scoreSeries(series, value, calls, window);
    const { group, knownAfter } = series.watched;
    const { all, mattering } = scope;
    const place = scope.scored.push(series) - 1;
    scope.surprises.push(surprise);
    if (series.page.numbers[series.index * stride + at.windows]! < knownAfter) return;
    all.counts[group]!++;
    mattering.counts[group]!++;
    if (surprise > all.largest[group]!) all.largest[group] = surprise;
    if (surprise < carrying || !stillGoesOn(series)) return;
    const deviation = deviationOf(series);
    if (
      !matters(
        series.watched,
        deviation.value,
        deviation.usual,
        calls,
        series.page.numbers[series.index * stride + at.strongest] !== 0,
      )
    )
      return;
    if (isWarmUp(scope, series, deviation.value < deviation.usual)) return;
    scope.carrying.push(place);
    if (surprise > mattering.largest[group]!) mattering.largest[group] = surprise;
  }

  /** The clock was set back: short-term levels say nothing of now. */
  #turnBack(window: number): void {
    for (const series of this.table.slots) {
      if (series === undefined) continue;
      beginAnew(series.page.numbers, series.index * stride);
      series.page.numbers[series.index * stride + at.newest] = 0;
    }
    for (const scope of this.scopes.values()) {
      scope.tail.newestAbove = 0;
      if (scope.open !== null) scope.open.newestBad = window;
      scope.last = null;
    }
    for (const subject of this.table.subjects.values()) subject.newest = 0;
  }
}

/** In its first hour a service gets faster: code is compiled, caches and pools fill up. */
const isWarmUp = (scope: Scope, { watched }: Series, isLess: boolean): boolean =>
  isLess && watched.family === 'latency' && learnedOf(scope) === 'minutes';

/** What an instance holds begins anew with it: memory, pools, queues. */
function restart(subject: Subject): void {
  for (const series of subject.series.values()) {
    if (series?.watched.family === 'gauge') beginAnew(series.page.numbers, series.index * stride);
  }
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? Math.max(-largestValue, Math.min(largestValue, value)) : undefined;
