import { Effect } from 'effect';
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../src/engine/config/settings.ts';
import { storageOverview } from '../../../src/engine/search/storage-overview.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import { startTestDaemon } from '../../support/daemon-fixture.ts';

const dayMs = 86_400_000;
/** Noon of yesterday stands for now: the daemon's own telemetry is of another day. */
const noon = Math.floor(Date.now() / dayMs) * dayMs - dayMs / 2;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const span = (id: number, at: number): object => ({
  traceId: id.toString(16).padStart(32, '0'),
  spanId: '1'.repeat(16),
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: `${at}000000`,
  endTimeUnixNano: `${at + 5}000000`,
});

test('growth is not known of 19 minutes, is of an hour, and counts the days without data', async () => {
  await using daemon = await startTestDaemon();
  let sent = 0;
  const spansAt = async (...times: readonly number[]): Promise<void> => {
    const spans = times.map((at) => span((sent += 1), at));
    expect(await daemon.send('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))).toBe(200);
    await daemon.eventually(async () => {
      const [row] = await daemon.rows<{ n: string }>("SELECT count() AS n FROM otel_traces WHERE SpanName = 'GET /'");
      return Number(row?.n) === sent;
    });
  };
  const perDay = async (): Promise<number | null> =>
    (
      await Effect.runPromise(
        storageOverview(defaultSettings.retentionDays, null, dayOf(noon)).pipe(
          Effect.provide(httpQueryClient({ endpoint: daemon.state.endpoints.query })),
        ),
      )
    ).bytesPerDay;
  const bytesBefore = async (): Promise<number> =>
    Number(
      (
        await daemon.rows<{ n: string }>(
          `SELECT sum(bytes_on_disk) AS n FROM system.parts
WHERE active AND rows > 0 AND table != 'obs_migrations' AND partition < '${dayOf(noon)}'`,
        )
      )[0]?.n,
    );

  await spansAt(noon, noon + 19 * 60_000);
  expect(await perDay()).toBeNull();
  await spansAt(noon + 61 * 60_000);
  expect(await perDay()).toBeGreaterThan(0);
  // Four days ago, and nothing on the three days since.
  await spansAt(noon - 4 * dayMs);
  await expect.poll(async () => Math.abs((await perDay())! * 4 - (await bytesBefore()))).toBeLessThan(1);
});
