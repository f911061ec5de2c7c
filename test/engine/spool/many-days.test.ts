import { join } from 'node:path';
import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/engine/domain/limits.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { readRows } from '../../../src/engine/store/read-rows.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { startTestDaemon } from '../../support/daemon-fixture.ts';
import { openRealStore } from '../store-endpoint/real-store.ts';
import { filesOf, temporaryFolder, withSpool } from './spool-fixture.ts';

const dayMs = 24 * 3600 * 1000;
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

/** A request of one span a day, days counted back from today. */
function spansOf(days: readonly number[], first: number): string {
  const spans = days.map((day, index) => {
    const nanos = `${BigInt(Date.now() - day * dayMs) * 1_000_000n}`;
    const id = first + index;
    return { traceId: hex(id, 32), spanId: hex(id, 16), name: 'a', startTimeUnixNano: nanos, endTimeUnixNano: nanos };
  });
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

const days = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('rows of many days', () => {
  test('of many requests go into segments of a bounded number of days, each row once', async () => {
    const directory = await temporaryFolder();
    const segmentDays = 8;
    const otlp = { ...limits.otlp, daysPerRequest: segmentDays / 2 };
    const requests = days(0, 10).map((index) => Buffer.from(spansOf(days(index * 3, 3), 1 + index * 3)));
    await Effect.runPromise(
      withSpool(
        {
          directory,
          limit: { segmentDays, segmentAgeMs: 1e9, busySegmentAgeMs: 1e9 },
          makeEncoder: (signal) => makeSignalEncoder(signal, otlp),
        },
        (spool) =>
          Effect.gen(function* () {
            // One alone, then a crowd that is committed together, then the days of before once more.
            yield* spool.append('traces', requests[0]!, 'json');
            yield* Effect.forEach(requests.slice(1), (request) => spool.append('traces', request, 'json'), {
              concurrency: 'unbounded',
            });
            yield* spool.append('traces', Buffer.from(spansOf(days(0, 4), 1000)), 'json');
          }),
      ),
    );
    const names = await filesOf(directory, 'otel_traces');
    expect(names.length).toBeGreaterThanOrEqual(Math.ceil(30 / segmentDays));
    const store = await openRealStore();
    const load = Effect.gen(function* () {
      const embedded = yield* Store;
      for (const name of names) {
        const path = join(directory, 'otel_traces', name);
        const [segment] = yield* readRows<{ days: number }>(
          `SELECT uniqExact(toDate(Timestamp, 'UTC')) AS days FROM file('${path}', Native)`,
        );
        expect(segment?.days).toBeLessThanOrEqual(segmentDays);
        const id = name.replace('.native', '');
        // Twice: the token of a segment stands for all partitions that its insert reaches.
        for (const _ of [1, 2]) yield* embedded.insertSegment({ id, table: 'otel_traces', path });
      }
      return yield* readRows<object>('SELECT count() AS n, uniqExact(SpanId) AS ids FROM otel_traces');
    });
    expect(await store.run(load).finally(store.close)).toEqual([{ n: 34, ids: 34 }]);
  });

  test('in one request are taken up to a limit, and counted and told beyond it', async () => {
    await using daemon = await startTestDaemon();
    const answer = await fetch(`${daemon.state.endpoints.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: spansOf(days(0, 1000), 1),
    });
    expect(answer.status).toBe(200);
    const reason = 'the request has items of more than 64 days';
    expect(await answer.json()).toMatchObject({
      partialSuccess: { rejectedSpans: '936', errorMessage: expect.stringContaining(reason) },
    });
    await daemon.send('traces', spansOf([0], 5000));
    await daemon.eventually(async () => (await daemon.status()).stored?.traces === 65);
    expect((await daemon.status()).rejectedReasons.traces).toEqual({ [reason]: 936 });
    const [{ n } = { n: '' }] = await daemon.rows<{ n: string }>(
      `SELECT uniqExact(partition) AS n FROM system.parts WHERE active AND table = 'otel_traces'`,
    );
    expect(n).toBe('64');
  });
});
