import type { FeatureKind, FeatureRow } from '../../domain/feature-row.ts';
import { type Watched, watchedFeature } from './features-watched.ts';
import { at, cells, newPage, type Page, pageSeries, stride, windowsPerDay } from './layout.ts';
import { type Series, startSeries } from './series.ts';

/** A service, operation, host or metric, and the series of it that are watched. */
export interface Subject {
  readonly kind: FeatureKind;
  readonly service: string;
  readonly subject: string;
  /** By feature; `null` for features that are not watched at all. */
  readonly series: Map<string, Series | null>;
  /** Newest window with a row of it. */
  newest: number;
}

/** A series that is not watched yet, and how busy it is. */
interface Candidate {
  readonly subject: Subject;
  readonly watched: Watched;
  readonly busy: number;
}

/** A series of which nothing came for so long makes room for another. */
const forgottenAfter = 3 * windowsPerDay;

export const subjectKey = (kind: string, service: string, subject: string): string => `${kind}\n${service}\n${subject}`;

/** Which series are watched, at most so many. */
export class SeriesTable {
  readonly subjects = new Map<string, Subject>();
  readonly slots: (Series | undefined)[] = [];
  readonly pages: Page[] = [];
  readonly #most: number;
  readonly #free: number[] = [];
  #candidates: Candidate[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get watched(): number {
    return this.slots.length - this.#free.length;
  }

  subjectOf(kind: FeatureKind, service: string, name: string): Subject {
    const key = subjectKey(kind, service, name);
    let subject = this.subjects.get(key);
    if (subject === undefined) {
      subject = { kind, service, subject: name, series: new Map(), newest: 0 };
      this.subjects.set(key, subject);
    }
    return subject;
  }

  /** @returns the series of a feature; `undefined` when it is not watched, or not yet: then it stands in line. */
  seriesOf(subject: Subject, feature: string, row: FeatureRow): Series | undefined {
    const known = subject.series.get(feature);
    if (known !== undefined) return known ?? undefined;
    const watched = watchedFeature(subject.kind, feature, subject.subject);
    if (watched === null) {
      subject.series.set(feature, null);
      return undefined;
    }
    return this.want(subject, watched, Math.max(row.values['calls'] ?? 0, row.values['logs'] ?? 0));
  }

  /** Takes a series up when there is room for all, else puts it in line. */
  want(subject: Subject, watched: Watched, busy: number): undefined {
    this.#candidates.push({ subject, watched, busy: Number.isFinite(busy) ? busy : 0 });
    return undefined;
  }

  /**
   * Takes up what stood in line in this window, the busiest first, then by name.
   *
   * @returns how many are left out
   */
  takeUp(window: number): number {
    const line = this.#candidates;
    if (line.length === 0) return 0;
    this.#candidates = [];
    if (line.length > this.#room()) {
      this.#forget(window);
      line.sort((a, b) => b.busy - a.busy || compare(nameOf(a), nameOf(b)));
    }
    let left = 0;
    for (const { subject, watched } of line) {
      if (this.#room() <= 0) left++;
      else this.add(subject, watched);
    }
    if (left > 0) this.#dropEmpty(window);
    return left;
  }

  add(subject: Subject, watched: Watched): Series {
    const slot = this.#free.pop() ?? this.slots.length;
    const pageAt = Math.floor(slot / pageSeries);
    const page = (this.pages[pageAt] ??= newPage());
    const name = {
      kind: subject.kind,
      service: subject.service,
      subject: subject.subject,
      feature: watched.feature,
    };
    const series = { name, watched, slot, page, index: slot % pageSeries };
    this.slots[slot] = series;
    startSeries(series);
    page.profile.fill(0, series.index * cells, (series.index + 1) * cells);
    page.learned.fill(0, series.index * cells, (series.index + 1) * cells);
    subject.series.set(watched.feature, series);
    return series;
  }

  get isFull(): boolean {
    return this.#room() <= 0;
  }

  clear(): void {
    this.subjects.clear();
    this.slots.length = 0;
    this.pages.length = 0;
    this.#free.length = 0;
  }

  #room(): number {
    return this.#most - this.watched;
  }

  #forget(window: number): void {
    for (const [key, subject] of this.subjects) {
      // One without series may stand in line just now.
      if (subject.series.size === 0) continue;
      for (const [feature, series] of subject.series) {
        if (series === null) continue;
        if (window - series.page.numbers[series.index * stride + at.newest]! < forgottenAfter) continue;
        subject.series.delete(feature);
        this.slots[series.slot] = undefined;
        this.#free.push(series.slot);
      }
      if (subject.series.size === 0) this.subjects.delete(key);
    }
  }

  /** Subjects of which nothing is watched are not kept: there may be any number of them. */
  #dropEmpty(window: number): void {
    for (const [key, subject] of this.subjects) {
      let watched = false;
      for (const series of subject.series.values()) watched ||= series !== null;
      if (!watched && subject.newest <= window) this.subjects.delete(key);
    }
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const nameOf = ({ subject, watched }: Candidate): string =>
  `${subjectKey(subject.kind, subject.service, subject.subject)}\n${watched.feature}`;
