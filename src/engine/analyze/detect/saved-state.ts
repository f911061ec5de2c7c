import { cells, stride } from './layout.ts';
import type { Habit } from './habits.ts';
import type { OpenAnomaly } from './anomaly-tracker.ts';
import { voteFeature, watchedFeature } from './features-watched.ts';
import type { FeatureKind } from '../../domain/feature-row.ts';
import { newScope } from './scope.ts';
import type { ScopeTail } from './scope-score.ts';
import type { Series } from './series.ts';
import type { WindowScorer } from './window-scorer.ts';

/** The state as text: JSON, with the numbers of all series as base64. Another layout is another version. */
const version = 1;

interface Saved {
  readonly version: number;
  readonly stride: number;
  readonly newest: number;
  readonly subjects: readonly (readonly [FeatureKind, string, string, number, readonly string[]])[];
  readonly scopes: readonly {
    readonly key: string;
    readonly service: string;
    readonly tail: ScopeTail;
    readonly before: readonly [number, number];
    readonly habits: Habit[];
    readonly open: OpenAnomaly | null;
    readonly last: OpenAnomaly | null;
  }[];
  /** Series one after the other, in the order of the subjects' features. */
  readonly numbers: string;
  readonly profiles: string;
}

export function savedState({ table, scopes }: WindowScorer, newest: number): string {
  const watched: Series[] = [];
  const subjects: Saved['subjects'][number][] = [];
  for (const subject of table.subjects.values()) {
    const features: string[] = [];
    for (const [feature, series] of subject.series) {
      if (series === null) continue;
      features.push(feature);
      watched.push(series);
    }
    if (features.length > 0) subjects.push([subject.kind, subject.service, subject.subject, subject.newest, features]);
  }
  const numbers = new Float64Array(watched.length * stride);
  watched.forEach(({ page, index }, place) => {
    numbers.set(page.numbers.subarray(index * stride, (index + 1) * stride), place * stride);
  });
  const saved: Saved = {
    version,
    stride,
    newest: Number.isFinite(newest) ? newest : 0,
    subjects,
    scopes: [...scopes.values()].map(({ key, service, tail, before, habits, open, last }) => ({
      key,
      service,
      tail,
      before,
      habits,
      open,
      last,
    })),
    numbers: base64(numbers),
    profiles: base64(packedProfiles(watched)),
  };
  return JSON.stringify(saved);
}

/** @returns why it cannot be used, or the newest window that it knows */
export function readSavedState(text: string, scorer: WindowScorer): string | { readonly newest: number } {
  let saved: Saved;
  try {
    saved = JSON.parse(text) as Saved;
  } catch {
    return 'the saved state is not JSON, or was cut off';
  }
  if (typeof saved !== 'object' || saved === null || saved.version !== version || saved.stride !== stride) {
    return 'the saved state is of another version';
  }
  try {
    return restore(saved, scorer);
  } catch {
    scorer.scopes.clear();
    scorer.table.clear();
    return 'the saved state is incomplete';
  }
}

function restore(saved: Saved, scorer: WindowScorer): { readonly newest: number } {
  const bytes = Buffer.from(saved.numbers, 'base64');
  const count = saved.subjects.reduce((sum, [, , , , features]) => sum + features.length, 0);
  if (bytes.length !== count * stride * 8 || !Number.isFinite(saved.newest)) throw new Error('cut off');
  const numbers = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const profiles = Buffer.from(saved.profiles, 'base64');
  let place = 0;
  let from = 0;
  for (const [kind, service, name, newest, features] of saved.subjects) {
    const subject = scorer.table.subjectOf(kind, service, name);
    subject.newest = newest;
    for (const feature of features) {
      const own = numbers.subarray(place * stride, (place + 1) * stride);
      place++;
      const watched = feature.startsWith('model ')
        ? voteFeature(feature.slice(6))
        : watchedFeature(kind, feature, name);
      const series = watched === null || scorer.table.isFull ? null : scorer.table.add(subject, watched);
      series?.page.numbers.set(own, series.index * stride);
      from = unpackProfile(profiles, from, series);
    }
  }
  for (const { key, service, tail, before, habits, open, last } of saved.scopes) {
    if (!Number.isFinite(tail.threshold + tail.peaks + tail.sum + tail.windows)) throw new Error('no tail');
    scorer.scopes.set(key, Object.assign(newScope(key, service), { tail, before, habits, open, last }));
  }
  return { newest: saved.newest };
}

/** Of each series how many cells are known, then number, count and value of each: most are not known in the first days. */
function packedProfiles(watched: readonly Series[]): Uint8Array {
  let known = 0;
  for (const { page, index } of watched) {
    for (let cell = 0; cell < cells; cell++) if (page.learned[index * cells + cell]! > 0) known++;
  }
  const bytes = Buffer.alloc(2 * watched.length + 7 * known);
  let at = 0;
  for (const { page, index } of watched) {
    const head = at;
    at += 2;
    let count = 0;
    for (let cell = 0; cell < cells; cell++) {
      const learned = page.learned[index * cells + cell]!;
      if (learned === 0) continue;
      count++;
      bytes.writeUInt16LE(cell, at);
      bytes.writeUInt8(learned, at + 2);
      bytes.writeFloatLE(page.profile[index * cells + cell]!, at + 3);
      at += 7;
    }
    bytes.writeUInt16LE(count, head);
  }
  return bytes;
}

function unpackProfile(bytes: Buffer, from: number, series: Series | null): number {
  const count = bytes.readUInt16LE(from);
  let at = from + 2;
  for (let known = 0; known < count; known++, at += 7) {
    const cell = bytes.readUInt16LE(at);
    if (cell >= cells) throw new Error('no such cell');
    if (series === null) continue;
    series.page.learned[series.index * cells + cell] = bytes.readUInt8(at + 2);
    series.page.profile[series.index * cells + cell] = bytes.readFloatLE(at + 3);
  }
  return at;
}

const base64 = (numbers: Float64Array | Uint8Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');
