import { type BySignal, bySignal, type Signal } from '../domain/signals.ts';
import type { Appended } from '../otlp/encoder.ts';
import { type RefusalReason, refusalReasons } from './refusals.ts';

export const transports = ['http', 'grpc'] as const;
export type Transport = (typeof transports)[number];

/** What came in of one signal over one transport since the start. */
export interface SignalCounts {
  /** Requests that were answered with success, in part or in whole. */
  readonly requests: number;
  /** Spans, log records or metric points in them: accepted and rejected. */
  readonly items: number;
  /** Bytes of their bodies, as they came over the wire and after decompression. */
  readonly wireBytes: number;
  readonly bytes: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Rejected items by reason. */
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** Values cut to a limit. */
  readonly cut: number;
  /** Requests of the same bytes as a recent one: answered as that was, not stored again, not counted above. */
  readonly repeated: number;
}

export type ReceiveSnapshot = Readonly<
  Record<Transport, { readonly signals: BySignal<SignalCounts>; readonly refused: Readonly<Record<string, number>> }>
>;

interface Tally {
  requests: number;
  items: number;
  wireBytes: number;
  bytes: number;
  accepted: number;
  rejected: number;
  readonly rejectedBy: Map<string, number>;
  cut: number;
  repeated: number;
}

const emptyTally = (): Tally => ({
  requests: 0,
  items: 0,
  wireBytes: 0,
  bytes: 0,
  accepted: 0,
  rejected: 0,
  rejectedBy: new Map(),
  cut: 0,
  repeated: 0,
});

/** Monotone counts of what the receivers saw. Plain numbers: they are touched once a request, on the request's path. */
export class ReceiveCounters {
  readonly #tallies: Readonly<Record<Transport, Record<Signal, Tally>>> = {
    http: bySignal(emptyTally),
    grpc: bySignal(emptyTally),
  };
  readonly #refused: Readonly<Record<Transport, Map<RefusalReason, number>>> = { http: new Map(), grpc: new Map() };
  readonly #reasonsCounted: number;

  /** @param reasonsCounted distinct reasons for rejected items that are counted by name, the others as `other`. */
  constructor(reasonsCounted: number) {
    this.#reasonsCounted = reasonsCounted;
  }

  taken(transport: Transport, signal: Signal, wireBytes: number, bytes: number, appended: Appended): void {
    const tally = this.#tallies[transport][signal];
    tally.requests += 1;
    tally.wireBytes += wireBytes;
    tally.bytes += bytes;
    tally.accepted += appended.accepted;
    tally.cut += appended.cut;
    tally.items += appended.accepted + appended.rejected;
    if (appended.rejected === 0) return;
    tally.rejected += appended.rejected;
    for (const [reason, count] of appended.reasons) {
      const known = tally.rejectedBy.has(reason) || tally.rejectedBy.size < this.#reasonsCounted;
      const name = known ? reason : 'other';
      tally.rejectedBy.set(name, (tally.rejectedBy.get(name) ?? 0) + count);
    }
  }

  repeated(transport: Transport, signal: Signal): void {
    this.#tallies[transport][signal].repeated += 1;
  }

  refused(transport: Transport, reason: RefusalReason): void {
    const counts = this.#refused[transport];
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }

  snapshot(): ReceiveSnapshot {
    return { http: this.#snapshotOf('http'), grpc: this.#snapshotOf('grpc') };
  }

  #snapshotOf(transport: Transport): ReceiveSnapshot[Transport] {
    return {
      signals: bySignal((signal) => {
        const { rejectedBy, ...numbers } = this.#tallies[transport][signal];
        return { ...numbers, rejectedBy: Object.fromEntries(rejectedBy) };
      }),
      refused: Object.fromEntries(
        refusalReasons.map((reason) => [reason, this.#refused[transport].get(reason) ?? 0]).filter(([, n]) => n !== 0),
      ) as Record<string, number>,
    };
  }
}
