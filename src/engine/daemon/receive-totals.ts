import { type BySignal, bySignal } from '../domain/signals.ts';
import { type ReceiveSnapshot, transports } from '../receive/counters.ts';

export interface ReceiveTotals {
  /** Items that became rows. */
  readonly received: BySignal<number>;
  /** Items refused one by one, answered as partial success. */
  readonly rejected: BySignal<number>;
  readonly reasons: BySignal<Readonly<Record<string, number>>>;
  /** Requests that were answered as the same bytes before had been, and not stored again. */
  readonly repeatedRequests: BySignal<number>;
  /** Whole requests refused, by reason: how many items they held was never known. */
  readonly refusedRequests: Readonly<Record<string, number>>;
}

/** The receivers' counters over all transports. */
export function receiveTotals(snapshot: ReceiveSnapshot): ReceiveTotals {
  return {
    received: bySignal((signal) => sum(transports.map((name) => snapshot[name].signals[signal].accepted))),
    rejected: bySignal((signal) => sum(transports.map((name) => snapshot[name].signals[signal].rejected))),
    reasons: bySignal((signal) => merge(transports.map((name) => snapshot[name].signals[signal].rejectedBy))),
    repeatedRequests: bySignal((signal) => sum(transports.map((name) => snapshot[name].signals[signal].repeated))),
    refusedRequests: merge(transports.map((name) => snapshot[name].refused)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function merge(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const record of records) {
    for (const [name, count] of Object.entries(record)) merged[name] = (merged[name] ?? 0) + count;
  }
  return merged;
}
