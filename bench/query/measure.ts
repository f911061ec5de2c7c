import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../src/engine/domain/errors.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import type { Question } from './questions.ts';

export interface Figures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export interface Answered extends Figures {
  readonly name: string;
  readonly bar: string;
  readonly times: number;
  /** Mean of rows that one answer brings, and of rows and uncompressed bytes that the engine reads for it. */
  readonly found: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export function figures(ms: readonly number[]): Figures {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  return { p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

/** The first few asks are not counted: marks and indexes come into memory then. */
const warmUps = 3;

/** Asks one after the other; what is read is the difference of the engine's own counters, so nobody else may ask. */
export const answer = Effect.fnUntraced(function* (
  question: Question,
): Effect.fn.Return<Answered, QueryFailed | EngineUnavailable, QueryClient> {
  const { name, bar, asks } = question;
  for (const ask of asks.slice(0, warmUps)) yield* ask;
  const before = yield* readSoFar;
  const ms: number[] = [];
  let found = 0;
  for (const ask of asks) {
    const start = performance.now();
    found += yield* ask;
    ms.push(performance.now() - start);
  }
  const after = yield* readSoFar;
  const times = asks.length;
  return {
    name,
    bar,
    times,
    ...figures(ms),
    found: found / times,
    rowsRead: (after.rows - before.rows) / times,
    bytesRead: (after.bytes - before.bytes) / times,
  };
});

const readSoFar = Effect.gen(function* () {
  const client = yield* QueryClient;
  const events = yield* client.rows<{ event: string; value: string }>(
    "SELECT event, value FROM system.events WHERE event IN ('SelectedRows', 'SelectedBytes')",
  );
  const of = (name: string): number => Number(events.find(({ event }) => event === name)?.value ?? 0);
  return { rows: of('SelectedRows'), bytes: of('SelectedBytes') };
});
