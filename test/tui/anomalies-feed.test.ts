import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import type { QueryClient } from '../../src/engine/store/query-client.ts';
import { ask, watchData, watchOnce } from '../../src/tui/bridge.ts';
import type { PanelAnswer, PanelData, PanelId, RequestFor } from '../../src/tui/state/data.ts';
import { plainTheme } from '../../src/tui/theme.ts';
import { anomaliesAt, predictionsAt } from './support/anomaly-fixtures.ts';
import { openBackend } from './support/backend.ts';
import { roleNamed, roles } from './support/fixtures.ts';
import { anomalyRow, featureRow, incidentRow, predictionRow } from './support/own-rows.ts';
import { seeded, shopRequest } from './support/shop-traffic.ts';

let backend: Awaited<ReturnType<typeof openBackend>>;
const minute = 60_000;
const hour = 60 * minute;
const rangeMs = 15 * minute;
const nowMs = Math.floor(Date.now() / 10_000) * 10_000;
const { anomalies, incidents } = anomaliesAt(nowMs);
const { predictions } = predictionsAt(nowMs);

beforeAll(async () => {
  backend = await openBackend();
  await backend.insert([shopRequest(nowMs - minute, seeded(1), { isBroken: false })]);
});
afterAll(() => backend.close());

function run<A, E>(effect: Effect.Effect<A, E, QueryClient>): Promise<A> {
  return Effect.runPromise(Effect.provide(effect, httpQueryClient({ endpoint: backend.url })));
}

async function panel<P extends PanelId>(request: RequestFor<P>): Promise<PanelData[P]> {
  const answer: PanelAnswer = await run(ask(request));
  return answer.data as PanelData[P];
}

const options = (services: readonly string[] = []) => ({
  endpoint: backend.url,
  otlpEndpoint: 'http://127.0.0.1:4318',
  zone: 'utc' as const,
  size: { columns: 100, rows: 40 },
  roles,
  role: roleNamed('sre'),
  page: 'anomalies' as const,
  services,
  rangeMs,
});

const frame = (services?: readonly string[]): Promise<string> => run(watchOnce(options(services), plainTheme));

/** Viewers share answers for a second: what was written may be seen that much later. */
const soon = <T>(look: () => Promise<T>): Promise<T> => vi.waitFor(look, { timeout: 5000, interval: 100 });

describe('anomalies, incidents and predictions from a real engine', () => {
  test('before the analyzer has looked, that is said; once it has, that all is well', async () => {
    expect(await frame()).toContain('Nothing has been looked at yet');
    const watched = ['cart', 'checkout', 'payment'].flatMap((service) =>
      [1, 2, 3].map((ago) =>
        featureRow(nowMs - ago * minute, 60, { kind: 'service', service, subject: '' }, { calls: 5 }),
      ),
    );
    const self = featureRow(nowMs - minute, 60, { kind: 'service', service: 'obs', subject: '' }, { calls: 5 });
    const old = featureRow(nowMs - 50 * hour, 600, { kind: 'service', service: 'gone', subject: '' }, { calls: 1 });
    await backend.insertOwn('obs_features', [...watched, self, old]);
    const calm = await soon(async () => {
      const text = await frame();
      expect(text).toContain('Nothing out of the usual in the last day');
      return text;
    });
    expect(calm).toContain('3 services watched, the oldest for 2d');
    expect(calm).toContain('Nothing is expected to run out or to cross a limit');
  });

  test('what is read is what was written, the newest version of each, open ones first', async () => {
    const [i1, i2] = incidents;
    await backend.insertOwn('obs_incidents', [
      { ...incidentRow({ ...i1!, severity: 'warning', summary: 'not all known yet' }), Version: 1 },
      ...[i2!].map(incidentRow),
    ]);
    await backend.insertOwn('obs_incidents', [incidentRow(i1!)]);
    await backend.insertOwn('obs_anomalies', anomalies.map(anomalyRow));
    const data = await soon(async () => {
      const found = await panel({ id: 'anomalies', rangeMs, services: [] });
      expect(found.incidents).toEqual(incidents);
      return found;
    });
    expect(data.anomalies.map((a) => a.id)).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(data.anomalies.find((a) => a.id === 'a1')).toEqual(anomalies[0]);
    expect(data.watched).toMatchObject({ services: 3, lastMs: Math.floor((nowMs - minute) / 1000) * 1000 });
  });

  test('the alarm of every page is the most serious open incident, and how many there are', async () => {
    const alarm = async (services: readonly string[], expected: object): Promise<void> =>
      soon(async () => expect(await panel({ id: 'alarm', services })).toMatchObject(expected));
    await alarm([], { open: 1, worst: { severity: 'critical', origin: 'payment' } });
    await backend.insertOwn('obs_incidents', [
      incidentRow({
        ...incidents[0]!,
        id: 'i3',
        startMs: nowMs - minute,
        severity: 'warning',
        origin: 'mailer',
        services: ['mailer'],
      }),
    ]);
    await alarm([], { open: 2, worst: { origin: 'payment' } });
    await alarm(['mailer'], { open: 1, worst: { origin: 'mailer' } });
    await backend.insertOwn('obs_incidents', [
      incidentRow({
        ...incidents[0]!,
        id: 'i3',
        startMs: nowMs - minute,
        endMs: nowMs,
        severity: 'warning',
        origin: 'mailer',
        services: ['mailer'],
      }),
    ]);
    await alarm(['mailer'], { open: 0, worst: null });
  });

  test('--service limits incidents to those that touch it, with all of their anomalies', async () => {
    const data = await panel({ id: 'anomalies', rangeMs, services: ['web'] });
    expect(data.incidents.map((i) => i.id)).toEqual(['i1']);
    expect(data.anomalies.map((a) => a.id)).toEqual(['a1', 'a2']);
  });

  test('what ended before the day is left out, however it is written', async () => {
    const past = { ...incidents[1]!, id: 'past', startMs: nowMs - 40 * hour, endMs: nowMs - 30 * hour };
    await backend.insertOwn('obs_incidents', [{ ...incidentRow(past), Similar: '{"not": "a list"}' }]);
    const of = async (range: number): Promise<readonly string[]> =>
      (await panel({ id: 'anomalies', rangeMs: range, services: [] })).incidents.map((i) => i.id);
    expect(await of(rangeMs)).not.toContain('past');
    expect(await of(48 * hour)).toContain('past');
  });

  test('predictions: the newest claim of each, the most pressing first, and the record of the week', async () => {
    const [budget, disk, load] = predictions;
    const interval = { ...disk!, kind: 'interval' as const, atMs: nowMs + hour, low: 1, likely: 2, high: 3 };
    const marked = (id: string, outcome: 'right' | 'wrong' | 'untold', daysAgo: number) =>
      predictionRow({
        ...interval,
        id,
        outcome,
        madeMs: nowMs - 24 * hour * daysAgo - hour,
        markedMs: nowMs - 24 * hour * daysAgo,
      });
    await backend.insertOwn('obs_predictions', [
      predictionRow({ ...disk!, id: 'older', madeMs: nowMs - hour, probability: 0.5 }),
      predictionRow(load!),
      predictionRow(disk!),
      predictionRow(budget!),
      predictionRow({ ...interval, id: 'interval' }),
      marked('r1', 'right', 1),
      marked('r2', 'right', 6),
      marked('w1', 'wrong', 2),
      marked('u1', 'untold', 3),
      marked('long ago', 'wrong', 9),
    ]);
    const data = await soon(async () => {
      const found = await panel({ id: 'predictions', services: [] });
      expect(found.predictions).toEqual([budget, disk, load]);
      return found;
    });
    expect(data.record).toEqual({ right: 2, wrong: 1, untold: 1 });
    expect((await panel({ id: 'predictions', services: ['checkout'] })).predictions.map((p) => p.id)).toEqual(['p1']);
  });

  test('the series of a carrier around its anomaly, without the windows of others', async () => {
    const { kind, service, subject, feature } = anomalies[0]!.carriers[0]!;
    const startMs = nowMs - 12 * minute;
    const rows = Array.from({ length: 180 }, (_, i) => nowMs - i * 10_000).map((atMs) =>
      featureRow(atMs, 10, { kind, service, subject }, { [feature]: atMs >= startMs ? 738 : 180, calls: 3 }),
    );
    await backend.insertOwn('obs_features', rows);
    const series = await panel({
      id: 'series',
      series: { kind, service, subject, feature },
      startMs,
      endMs: startMs + 4 * minute,
    });
    expect(series).toMatchObject({ stepMs: 10_000, fromMs: startMs - 5 * minute });
    expect(series.points).toHaveLength((5 + 4 + 5) * 6);
    expect(series.points.filter(([atMs, value]) => atMs >= startMs !== (value === 738))).toEqual([]);
  });

  test('one frame shows all of it, and so does the object', async () => {
    const text = await frame();
    expect(text).toContain('✗ 1 incident: payment: p99 of POST /pay 4.1×');
    expect(text).toContain('p95 of checkout 2.2× its usual 310 ms');
    expect(text).toContain('alike');
    expect(text).toContain('━━━━');
    expect(text).toContain('2 right, 1 wrong, 1 untold');
    expect(text).not.toContain('Loading');
    const { data } = await run(watchData(options()));
    expect(Object.keys(data)).toEqual(['totals', 'alarm', 'anomalies', 'predictions', 'series']);
  });

  test('what has no end and was not written for long is shown as over since then, and is no alarm', async () => {
    const version = nowMs - 20 * minute;
    const [a1] = anomalies;
    const left = { ...a1!, id: 'left', service: 'lost', startMs: nowMs - 40 * minute, endMs: null };
    const incident = {
      ...incidents[0]!,
      id: 'i4',
      services: ['lost'],
      anomalyIds: ['left'],
      startMs: left.startMs,
      endMs: null,
    };
    await backend.insertOwn('obs_incidents', [{ ...incidentRow(incident), Version: left.startMs + 1 }]);
    await backend.insertOwn('obs_anomalies', [{ ...anomalyRow(left), Version: nowMs }]);
    const alarmed = async (open: number): Promise<void> =>
      soon(async () => expect(await panel({ id: 'alarm', services: ['lost'] })).toMatchObject({ open }));
    await alarmed(1);
    await backend.insertOwn('obs_incidents', [
      { ...incidentRow({ ...incident, id: 'i5', anomalyIds: ['lost'], services: ['gone'] }), Version: version },
    ]);
    await backend.insertOwn('obs_anomalies', [
      { ...anomalyRow({ ...left, id: 'lost', service: 'gone' }), Version: version + minute },
    ]);
    await soon(async () => {
      const found = await panel({ id: 'anomalies', rangeMs, services: ['gone'] });
      expect(found.incidents).toMatchObject([{ id: 'i5', endMs: version + minute }]);
      expect(found.anomalies).toMatchObject([{ id: 'lost', endMs: version + minute }]);
    });
    expect(await panel({ id: 'alarm', services: ['gone'] })).toMatchObject({ open: 0, worst: null });
  });

  test('a store of another version, without these tables: said in words, and other pages are as ever', async () => {
    for (const table of ['obs_incidents', 'obs_anomalies', 'obs_predictions', 'obs_features']) {
      await backend.command(`DROP TABLE ${table}`);
    }
    await soon(async () => expect((await frame()).match(/This store has no tables for it/g)).toHaveLength(2));
    await soon(async () => expect(await panel({ id: 'alarm', services: [] })).toEqual({ open: 0, worst: null }));
    expect(await run(watchOnce({ ...options(), page: 'traces' }, plainTheme))).toContain('Traces');
  });
});
