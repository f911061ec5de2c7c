import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeWindows } from '../../../../src/engine/analyze/features/close-windows.ts';
import { readSeries, readWindows, seriesLeftOut } from '../../../../src/engine/analyze/features/read-windows.ts';
import type { FeatureRow, WindowSeconds } from '../../../../src/engine/domain/feature-row.ts';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { openFeaturesStore, type FeaturesStore } from './features-store.ts';
import { drawTelemetry } from './telemetry.ts';

const lateMs = limits.analyze.latenessMs;
const steps = (count: number, every = 1): number[] => Array.from({ length: count }, (_, index) => index * every);

describe('windows are closed', () => {
  let store: FeaturesStore;
  /** Hours that are over, so that nothing depends on when this runs. */
  const startMs = Math.floor(Date.now() / 600_000) * 600_000 - 10_800_000;
  beforeAll(async () => {
    store = await openFeaturesStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    const tables = await store.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND (name LIKE 'otel%' OR name LIKE 'obs%') AND engine LIKE '%MergeTree' AND name NOT LIKE '%migration%'",
    );
    for (const { name } of tables) await store.command(`TRUNCATE TABLE ${name}`);
    store.sent.length = 0;
  });

  const draw = () => drawTelemetry(store, startMs);
  const close = (seconds: number) => store.run(closeWindows(startMs + seconds * 1000 + lateMs));
  const read = (seconds: WindowSeconds, more: { service?: string; kind?: FeatureRow['kind']; subject?: string } = {}) =>
    store.run(readWindows({ seconds, fromMs: startMs - 600_000, toMs: startMs + 7_200_000, ...more }));
  const secondsOf = ({ timeMs }: { readonly timeMs: number }): number => (timeMs - startMs) / 1000;

  test('with the values that the raw spans give', async () => {
    const { span, spans } = draw();
    await spans(
      steps(400, 0.1).map((second, index) =>
        span(index % 3 === 0 ? 'pay' : 'web', second, {
          Duration: 1_000_000 + ((index * 7919) % 400) * 250_000,
          StatusCode: index % 7 === 0 ? 'Error' : 'Unset',
          SpanName: index % 2 === 0 ? 'GET /' : 'POST /pay',
          SpanKind: index % 5 === 0 ? 'Internal' : 'Server',
        }),
      ),
    );
    const { closed, behindMs } = await close(60);
    expect(closed.map(({ seconds, timeMs }) => [seconds, (timeMs - startMs) / 1000])).toEqual([
      ...steps(6, 10).map((second) => [10, second]),
      [60, 0],
    ]);
    expect(behindMs).toBe(0);
    for (const seconds of [10, 60] as const) {
      const direct = await store.rows<{
        w: number;
        service: string;
        subject: string;
        calls: string;
        errors: string;
        mean: number;
        q: number[];
        longest: number;
      }>(
        `SELECT toUInt32(intDiv(toUnixTimestamp(toDateTime(Timestamp)), ${seconds}) * ${seconds}) AS w, ServiceName AS service,
  arrayJoin(if(SpanKind = 'Server', ['', concat(SpanKind, ' ', SpanName)], [concat(SpanKind, ' ', SpanName)])) AS subject,
  count() AS calls, countIf(StatusCode = 'Error') AS errors, avg(Duration) / 1e6 AS mean,
  arrayMap(d -> d / 1e6, quantilesExactLow(0.5, 0.95, 0.99)(Duration)) AS q, max(Duration) / 1e6 AS longest
FROM otel_traces GROUP BY w, service, subject`,
      );
      const rows = (await read(seconds)).filter(({ kind, marks }) => kind !== 'metric' && marks.length === 0);
      expect(rows).toHaveLength(direct.length);
      for (const { w, service, subject, calls, errors, mean, q, longest } of direct) {
        const row = rows.find((one) => one.timeMs === w * 1000 && one.service === service && one.subject === subject);
        const values = row?.values ?? {};
        expect(values['calls']).toBe(Number(calls));
        expect(values['errors']).toBe(Number(errors));
        expect(values['error_rate']).toBeCloseTo(Number(errors) / Number(calls), 12);
        expect(values['mean_ms']).toBeCloseTo(mean, 6);
        expect(values['max_ms']).toBeCloseTo(longest, 9);
        const found = [values['p50_ms'], values['p95_ms'], values['p99_ms']];
        // The sketch is right within 1 %, of a value or of its neighbour among a handful of calls.
        if (Number(calls) >= 100)
          found.forEach((value, index) => expect(Math.abs((value ?? 0) / (q[index] ?? 1) - 1)).toBeLessThan(0.03));
      }
    }
  });

  test('one after the other as all at once', async () => {
    const { span, spans, gauges, counters, point, call } = draw();
    await spans([
      ...steps(110).flatMap((second) =>
        second % 50 < 25 ? call('web', 'pay', second + 0.3, 20 + (second % 9), second % 11 === 0) : [],
      ),
      ...steps(60, 2).map((second) => span('job', second, { SpanKind: 'Internal', SpanName: `step ${second % 3}` })),
    ]);
    await gauges(steps(12, 10).map((second) => point('web', 'process.memory.usage', second + 4, 1000 + second)));
    await counters(
      steps(24, 5).map((second) => point('web', 'requests', second + 1, second < 90 ? second * 2 : second - 80)),
    );
    for (const second of steps(13, 10)) await close(second + 10);
    const [ten, minute] = [await read(10), await read(60)];
    expect(ten.length).toBeGreaterThan(100);
    await store.command('TRUNCATE TABLE obs_features');
    await close(130);
    expect(await read(10)).toEqual(ten);
    expect(await read(60)).toEqual(minute);
  });

  test('once more for a span that came late, and the rows say so', async () => {
    const { span, spans } = draw();
    await spans([...steps(60).map((second) => span('web', second)), ...steps(60).map((second) => span('pay', second))]);
    await close(60);
    expect((await close(60)).corrected).toEqual([]);
    await spans([span('web', 23, { Duration: 9_000_000 })]);
    const { closed, corrected } = await close(120);
    expect(closed.map(({ seconds }) => seconds)).toContain(60);
    expect(corrected.map((window) => [window.seconds, secondsOf(window)])).toEqual([
      [10, 20],
      [60, 0],
    ]);
    const late = (await read(10)).filter(({ marks }) => marks.includes('late'));
    expect(
      late.map((row) => [row.service, row.kind, secondsOf(row), row.values['calls'], row.values['max_ms']]),
    ).toEqual([
      ['web', 'operation', 20, 11, 9],
      ['web', 'service', 20, 11, 9],
    ]);
    expect((await close(120)).corrected).toEqual([]);
  });

  test('what is gone has a gap for a while, without latencies, and then no row', async () => {
    const { span, spans } = draw();
    await spans([
      ...steps(500).map((second) => span('web', second)),
      ...steps(25).map((second) => span('pay', second)),
    ]);
    await close(500);
    const rows = await read(10, { service: 'pay', kind: 'service' });
    const gaps = rows.filter(({ marks }) => marks.includes('gap'));
    expect(rows.slice(0, 3).map(({ marks }) => marks)).toEqual([[], [], []]);
    expect(gaps.map(secondsOf)).toEqual(steps(limits.features.gapWindows, 10).map((second) => second + 30));
    expect(gaps[0]?.values).toEqual({ calls: 0, errors: 0, spans: 0 });
    expect(rows).toHaveLength(3 + limits.features.gapWindows);
  });

  test('another version is a deploy, another instance a restart; what is new itself is neither', async () => {
    const { span, spans } = draw();
    const by = (version: string, instance: string) => ({
      ResourceAttributes: { 'service.version': version, 'service.instance.id': instance },
    });
    await spans(
      steps(60).map((second) =>
        span('web', second, second < 25 ? by('1', 'a') : second < 45 ? by('1', 'b') : by('2', 'b')),
      ),
    );
    await close(60);
    const marked = (await read(10, { service: 'web', kind: 'service' })).map((row) => [secondsOf(row), ...row.marks]);
    expect(marked).toEqual([[0], [10], [20, 'restart'], [30], [40, 'deploy'], [50]]);
    expect((await read(60, { service: 'web', kind: 'service' }))[0]?.marks).toEqual([]);
  });

  test('a counter that begins anew is marked, and its rate is not negative', async () => {
    const { counters, point } = draw();
    const value = (second: number): number => (second < 30 ? 1000 + second * 4 : (second - 30) * 2);
    await counters(
      steps(13, 5).map((second) => point('web', 'requests', second + 1, value(second), { zone: 'b', app: 'x' })),
    );
    await close(60);
    const rows = await read(10, { kind: 'metric', subject: 'requests{app=x,zone=b}' });
    expect(rows.map((row) => [secondsOf(row), row.values['rate'], row.marks])).toEqual([
      [0, 4, []],
      [10, 4, []],
      [20, 4, []],
      // 0 and 10 after the 1100 before: 10 in 10 s.
      [30, 1, ['reset']],
      [40, 2, []],
      [50, 2, []],
    ]);
  });

  test('calls between services are counted from one reading of the spans', async () => {
    const { spans, call } = draw();
    const calls = [
      ...steps(40).flatMap((second) => call('web', 'pay', second + 0.5, 10 + second, second % 4 === 0)),
      ...steps(20).flatMap((second) => call('web', 'stock', second + 0.2, 5)),
      ...steps(10).flatMap((second) => call('pay', 'bank', second + 0.2, 80)),
    ];
    await spans(
      calls.map((span, index) => ({
        ...span,
        SpanAttributes: { 'http.response.status_code': String(200 + (index % 3)) },
      })),
    );
    for (const second of steps(7, 10)) await close(second + 10);
    const edges = await read(60, { kind: 'edge' });
    expect(edges.map(({ service, subject, values }) => [service, subject, values['calls'], values['errors']])).toEqual([
      ['pay', 'bank', 10, 0],
      ['web', 'pay', 40, 10],
      ['web', 'stock', 20, 0],
    ]);
    expect(edges[1]?.values['mean_ms']).toBeCloseTo(29.5, 9);
    expect(edges[1]?.values['p95_ms']).toBeGreaterThanOrEqual(46);
    const [web] = await read(60, { service: 'web', kind: 'service' });
    expect([web?.values['fanout'], web?.values['distinct:http.response.status_code']]).toEqual([2, 3]);
    // Of all statements one names the raw spans, once; a correction names none.
    const naming = store.sent.filter((sql) => /\botel_traces\b/.test(sql));
    expect(naming.map((sql) => sql.match(/\botel_traces\b/g)?.length)).toEqual([1]);
    await spans(call('web', 'stock', 31, 5));
    const { corrected } = await close(120);
    expect(corrected.map((window) => [window.seconds, secondsOf(window)])).toContainEqual([60, 0]);
    const [again] = await read(60, { service: 'web', kind: 'service' });
    expect([again?.marks, again?.values['spans'], again?.values['fanout']]).toEqual([['late'], 61, 2]);
    const second = store.sent.filter((sql) => /\botel_traces\b/.test(sql)).slice(1);
    expect(second.every((sql) => sql.includes(`fromUnixTimestamp64Nano(${startMs / 1000 + 60}000000000)`))).toBe(true);
    expect(second.every((sql) => !sql.includes(`fromUnixTimestamp64Nano(${startMs / 1000}000000000)`))).toBe(true);
  });

  test('of a minute with very many spans a sample of traces is read, counts are put up again, and the rows say so', async () => {
    const pairs = 120_000;
    await store.command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration)
SELECT fromUnixTimestamp64Nano(${startMs}000000 + intDiv(number, 2) * 400000), lower(hex(sipHash128(intDiv(number, 2)))),
  if(number % 2 = 0, 'a', 'b'), if(number % 2 = 0, '', 'a'), 'GET /', if(number % 2 = 0, 'Client', 'Server'), if(number % 2 = 0, 'web', 'pay'), 2000000
FROM numbers(${2 * pairs})`);
    await close(60);
    const [edge] = await read(60, { kind: 'edge' });
    expect(edge?.values['sampled']).toBeCloseTo(1 / 3, 12);
    expect(Math.abs((edge?.values['calls'] ?? 0) / pairs - 1)).toBeLessThan(0.02);
    expect([edge?.values['mean_ms'], edge?.values['errors']]).toEqual([2, 0]);
    const [pay] = await read(60, { service: 'pay', kind: 'service' });
    expect(pay?.values['calls']).toBe(pairs);
  });

  test('log records are counted by severity, and a point that came late counts as well', async () => {
    const { at, gauges, point } = draw();
    const log = (seconds: number, SeverityNumber: number) => ({
      Timestamp: at(seconds),
      ServiceName: 'web',
      SeverityNumber,
      Body: 'x',
    });
    await store.insert('otel_logs', [log(1, 9), log(2, 13), log(3, 16), log(4, 17), log(5, 21), log(11, 5)]);
    await gauges([point('web', 'temperature', 3, 10)]);
    await close(60);
    const values = (await read(10, { service: 'web', kind: 'service' })).map((row) => row.values);
    expect(values.slice(0, 3)).toEqual([
      { logs: 5, logs_warn: 2, logs_error: 2 },
      { logs: 1, logs_warn: 0, logs_error: 0 },
      { logs: 0, logs_warn: 0, logs_error: 0 },
    ]);
    await gauges([point('web', 'temperature', 5, 30)]);
    // Points are looked at a quarter of an hour back, with the end of a minute.
    expect((await close(120)).corrected.map((window) => [window.seconds, secondsOf(window)])).toEqual([
      [10, 0],
      [60, 0],
    ]);
    const [late] = await read(10, { kind: 'metric', subject: 'temperature' });
    expect([late?.values, late?.marks]).toEqual([{ value: 20 }, ['late']]);
  });

  test('histograms have a rate and a mean, sums by interval a rate', async () => {
    const { at, point } = draw();
    const histogram = (seconds: number, count: number, sum: number) => {
      const { Value, ...head } = point('web', 'latency', seconds, 0);
      return { ...head, Count: count + Value, Sum: sum, AggregationTemporality: 2 };
    };
    await store.insert('otel_metrics_histogram', [
      histogram(5, 100, 1000),
      histogram(15, 120, 1400),
      histogram(25, 120, 1400),
    ]);
    await store.insert(
      'otel_metrics_sum',
      [8, 18].map((second) => ({
        ...point('web', 'jobs', second, 30),
        StartTimeUnix: at(second - 10),
        AggregationTemporality: 1,
        IsMonotonic: true,
      })),
    );
    await close(30);
    const valuesOf = async (subject: string) =>
      (await read(10, { kind: 'metric', subject })).map(({ values }) => values);
    expect(await valuesOf('latency')).toEqual([{}, { rate: 2, mean: 20 }, { rate: 0 }]);
    expect(await valuesOf('jobs')).toEqual([{ rate: 3 }, { rate: 3 }]);
  });

  test('saturation comes from metrics by their conventional names', async () => {
    const { gauges, levels, point } = draw();
    const pool = { 'db.client.connection.pool.name': 'main' };
    const host = { 'host.name': 'node-1' };
    await gauges([
      point('web', 'process.cpu.utilization', 1, 0.2, { 'cpu.mode': 'user' }),
      point('web', 'process.cpu.utilization', 1, 0.1, { 'cpu.mode': 'system' }),
      point('web', 'nodejs.eventloop.utilization', 1, 0.7),
      point('node', 'system.filesystem.utilization', 1, 0.93, { mountpoint: '/', state: 'used' }, host),
      point('node', 'system.filesystem.utilization', 1, 0.07, { mountpoint: '/', state: 'free' }, host),
      point('node', 'system.cpu.utilization', 1, 0.75, { cpu: '0', state: 'idle' }, host),
      point('node', 'system.cpu.utilization', 1, 0.25, { cpu: '0', state: 'user' }, host),
    ]);
    await levels([
      point('web', 'db.client.connection.count', 2, 8, { ...pool, 'db.client.connection.state': 'used' }),
      point('web', 'db.client.connection.count', 2, 2, { ...pool, 'db.client.connection.state': 'idle' }),
      point('web', 'db.client.connection.max', 2, 16, pool),
      point('web', 'db.client.connection.pending_requests', 2, 3, pool),
      point('web', 'jvm.memory.used', 2, 60, { 'jvm.memory.type': 'heap', 'jvm.memory.pool.name': 'old' }),
      point('web', 'jvm.memory.used', 2, 20, { 'jvm.memory.type': 'heap', 'jvm.memory.pool.name': 'eden' }),
      point('web', 'jvm.memory.used', 2, 500, { 'jvm.memory.type': 'non_heap', 'jvm.memory.pool.name': 'metaspace' }),
      point('web', 'jvm.memory.limit', 2, 100, { 'jvm.memory.type': 'heap', 'jvm.memory.pool.name': 'old' }),
      point('web', 'system.memory.usage', 2, 30, { state: 'used' }, host),
      point('web', 'system.memory.usage', 2, 10, { state: 'free' }, host),
      point('web', 'mail.queue.size', 2, 41),
    ]);
    await close(10);
    const [web] = await read(10, { service: 'web', kind: 'service' });
    const values = web?.values ?? {};
    expect({ ...values, cpu: Math.round((values['cpu'] ?? 0) * 1e9) / 1e9 }).toEqual({
      cpu: 0.3,
      eventloop: 0.7,
      memory_bytes: 580,
      memory_share: 0.8,
      pool_share: 0.5,
      pool_waiting: 3,
      queue: 41,
    });
    const [node] = await read(10, { kind: 'host' });
    expect([node?.service, node?.subject, node?.values]).toEqual([
      '',
      'node-1',
      { cpu: 0.25, disk_share: 0.93, memory_share: 0.75 },
    ]);
  });

  test('a backlog is worked off in portions, and what is left is said', async () => {
    const { span, spans } = draw();
    await spans(steps(240, 30).map((second) => span('web', second)));
    // As if nobody had closed anything for hours: more than one call may do.
    const calls: number[] = [];
    for (let behindMs = 1; behindMs > 0; calls.push(behindMs)) ({ behindMs } = await close(10_000));
    expect(calls.length).toBeGreaterThan(1);
    expect(calls[0]).toBeGreaterThan(0);
    expect((await read(10, { kind: 'service' })).filter(({ values }) => values['calls'] === 1)).toHaveLength(240);
    expect((await read(600, { kind: 'service' })).map(({ values }) => values['calls'])).toEqual(
      steps(12).map(() => 20),
    );
    const inserts = store.sent.filter((sql) => sql.startsWith('INSERT'));
    expect(inserts.length).toBeLessThan(16);
    expect(await close(10_000)).toEqual({ closed: [], corrected: [], behindMs: 0 });
  });

  test('of ten thousand new series in a minute those that were there before are kept, and the others counted', async () => {
    const { gauges, point } = draw();
    await gauges(steps(6, 10).map((second) => point('web', 'temperature', second, 20)));
    await store.command(`INSERT INTO otel_metrics_gauge (TimeUnix, MetricName, Attributes, ServiceName, Value)
SELECT fromUnixTimestamp64Nano(${startMs + 30_000}000000), 'requests', map('user', toString(number)), 'web', number FROM numbers(10000)`);
    await close(60);
    const rows = (await read(10, { kind: 'metric' })).filter((row) => secondsOf(row) === 30);
    expect(rows).toHaveLength(limits.features.seriesPerService + 1);
    expect(rows.find(({ subject }) => subject === 'temperature')?.values).toEqual({ value: 20 });
    expect(await store.run(seriesLeftOut(10, startMs + 30_000))).toEqual([
      { service: 'web', kept: limits.features.seriesPerService, leftOut: 10_001 - limits.features.seriesPerService },
    ]);
    expect(await store.run(seriesLeftOut(10, startMs + 40_000))).toEqual([]);
  });

  test('a series is read on equal steps, with holes where nothing was', async () => {
    const { gauges, point } = draw();
    await gauges([0, 10, 40].map((second) => point('web', 'temperature', second, second + 0.5)));
    await close(60);
    const series = { kind: 'metric', service: 'web', subject: 'temperature', feature: 'value' } as const;
    const found = await store.run(readSeries({ seconds: 10, series, fromMs: startMs, toMs: startMs + 60_000 }));
    expect([found.startMs, found.stepMs]).toEqual([startMs, 10_000]);
    expect([...found.values]).toEqual([0.5, 10.5, Number.NaN, Number.NaN, 40.5, Number.NaN]);
  });
});
