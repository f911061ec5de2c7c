import type { FeatureRow } from '../../domain/feature-row.ts';
import { selfServiceName } from '../../domain/self-service.ts';

export interface ObservedWindow {
  readonly timeMs: number;
  readonly rows: readonly FeatureRow[];
}

const stepMs = 10_000;

/**
 * Rows by window of 10 s, oldest first, without those in which nothing was observed: while obs was down, a service that
 * sends nothing has not fallen silent. obs reports on itself in each window in which it runs; these reports are not
 * watched themselves, `obs status` says what is wrong with it.
 */
export function observedWindows(rows: readonly FeatureRow[]): readonly ObservedWindow[] {
  const windows = new Map<number, FeatureRow[]>();
  for (const row of rows) {
    const window = windows.get(row.timeMs);
    if (window === undefined) windows.set(row.timeMs, [row]);
    else window.push(row);
  }
  return [...windows]
    .filter(([, window]) => window.some(({ marks }) => !marks.includes('gap')))
    .map(([timeMs, window]) => ({ timeMs, rows: window.filter(({ service }) => service !== selfServiceName) }))
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** Start of the newest window that is closed, and of the next one's closing. */
export function lastClosed(nowMs: number, latenessMs: number): number {
  return Math.floor((nowMs - latenessMs) / stepMs) * stepMs - stepMs;
}

/** When the window after the last closed one is closed. */
export function nextClosing(nowMs: number, latenessMs: number): number {
  return lastClosed(nowMs, latenessMs) + 2 * stepMs + latenessMs;
}
