import { describe, expect, test } from 'vitest';
import { describeDropped } from '../../../src/engine/daemon/describe-dropped.ts';
import { describeStatus, formatSeconds } from '../../../src/engine/daemon/describe-status.ts';
import { statusWarnings } from '../../../src/engine/daemon/status-warnings.ts';
import type { StatusReport } from '../../../src/engine/daemon/status.ts';

const report: StatusReport = {
  ready: true,
  parts: { receivers: true, query: true, store: true },
  warnings: ['the disk has 1.0 MiB left'],
  pid: 4711,
  version: '1.2.3',
  startedAt: '2026-01-31T12:00:00.000Z',
  uptimeSeconds: 93_784,
  endpoints: { otlpGrpc: 'http://127.0.0.1:4317', otlpHttp: 'http://127.0.0.1:4318', query: 'http://127.0.0.1:8123' },
  security: null,
  received: { traces: 1_234_567, logs: 10, metrics: 0 },
  stored: { traces: 1_234_000, logs: 10, metrics: 0 },
  rejected: { traces: 3, logs: 0, metrics: 0 },
  rejectedReasons: { traces: { 'span start time is 0': 3 }, logs: {}, metrics: {} },
  repeatedRequests: { traces: 0, logs: 0, metrics: 0 },
  refusedRequests: { 'unreadable payload': 2 },
  spool: { segments: 2, rows: 567, bytes: 204_800, oldestUnixMs: 1_000, quarantined: 1 },
  archive: null,
  engine: {
    state: 'ready',
    pid: 4712,
    restarts: 1,
    lastExit: 'killed by SIGKILL',
    evicted: { partitions: 0, rows: 0, bytes: 0 },
    kind: 'embedded',
    status: {
      away: null,
      memoryBytes: 300 * 1024 ** 2,
      loader: { loadedSegments: 9, loadedRows: 9, failedAttempts: 1, quarantined: 0, lastError: 'engine went away' },
      stored: { traces: 1_234_000, logs: 10, metrics: 0 },
      diskBytes: 5 * 1024 ** 2,
      diskCapBytes: 20 * 1024 ** 3,
      damage: { parts: [], mended: [] },
      evictedPartitions: 0,
      refusedQueries: {},
      oldest: '2026-01-30T00:00:00.000Z',
      newest: '2026-01-31T12:00:00.000Z',
    },
  },
  analyzer: {
    state: 'ready',
    pid: 4713,
    restarts: 0,
    lastExit: null,
    status: {
      memoryBytes: 110 * 1024 ** 2,
      cpuSeconds: 12.5,
      windows: { scored: 900, newestMs: 1_000, corrected: 3 },
      behindMs: 0,
      services: { minutes: 1, hours: 0, days: 4, weeks: 0 },
      series: 64,
      leftOut: 0,
      metricsLeftOut: [],
      open: { anomalies: 2, incidents: 1 },
      models: { loaded: 4, skipped: [] },
      hooks: { delivered: 1, waiting: 0, givenUp: 0 },
      predictions: { open: 7, right: 90, wrong: 5 },
      problems: {},
    },
  },
  memoryBytes: { daemon: 90 * 1024 ** 2, engine: 300 * 1024 ** 2, analyzer: 110 * 1024 ** 2 },
  home: '/home/ada/.local/share/obs',
};

describe('warnings', () => {
  const { engine, spool, analyzer } = report;
  const well = { engine: { ...engine, status: null }, spool: { ...spool, quarantined: 0 }, archive: null, analyzer };

  test('there are none when all is well', () => expect(statusWarnings(well, 10 * 1024 ** 3, 2_000)).toEqual([]));

  test('a full disk, failing loads, broken bytes and an engine that is away are each said', () => {
    expect(statusWarnings(well, 1024, 2_000)).toEqual([expect.stringMatching(/1\.0 KiB left: senders are refused/)]);
    expect(statusWarnings({ engine, spool, archive: null, analyzer }, null, 2_000)).toEqual([
      expect.stringContaining('2 segments wait to be loaded, last error: engine went away'),
      expect.stringContaining('1 segments had broken bytes'),
    ]);
    const away = { ...well, engine: { ...well.engine, state: 'restarting' as const } };
    expect(statusWarnings(away, null, 2_000)).toEqual([expect.stringContaining('the engine is restarting')]);
    const waiting = {
      ...engine,
      state: 'waiting' as const,
      status: { ...engine.status!, away: 'No engine: ECONNREFUSED' },
    };
    expect(statusWarnings({ ...well, engine: waiting }, null, 2_000)).toContainEqual(
      expect.stringContaining('ECONNREFUSED'),
    );
  });

  test('segments that have waited for long are said, in whatever state the engine is', () => {
    const behind = expect.stringMatching(/loading is behind: 2 segments with 567 rows wait, the oldest for 31s/);
    expect(statusWarnings(well, null, 1_000 + 30_000)).toEqual([]);
    expect(statusWarnings(well, null, 1_000 + 31_000)).toEqual([behind]);
    expect(statusWarnings({ ...well, spool: { ...well.spool, oldestUnixMs: null } }, null, 1e12)).toEqual([]);
  });
});

describe('warnings of the analyzer', () => {
  const { engine, spool, analyzer } = report;
  const warn = (changed: Partial<StatusReport['analyzer']>) =>
    statusWarnings(
      {
        engine: { ...engine, status: null },
        spool: { ...spool, quarantined: 0 },
        archive: null,
        analyzer: { ...analyzer, ...changed },
      },
      null,
      2_000,
    );

  test('an end, being behind, series left out, models and parts that fail are each said', () => {
    expect(warn({ state: 'restarting', lastExit: 'killed by SIGKILL' })).toEqual([
      'the analyzer ended (killed by SIGKILL) and is started again: nothing is detected meanwhile',
    ]);
    const { status } = analyzer;
    expect(
      warn({
        status: {
          ...status!,
          behindMs: 180_000,
          leftOut: 1200,
          metricsLeftOut: [{ service: 'cart', series: 9500 }],
          models: { loaded: 3, skipped: ['0f of cart: it is cut short'] },
          hooks: { delivered: 0, waiting: 0, givenUp: 2 },
          problems: { 'close windows': 'The query failed: out of memory' },
        },
      }),
    ).toEqual([
      'the analyzer is 3m behind with its windows',
      '1,200 series are not watched: there are more than analyze.series in obs.yaml allows',
      '9,500 metric series of cart are not looked at: only the 500 busiest of a service are',
      'a model is not used: 0f of cart: it is cut short',
      '2 messages of hooks could not be delivered',
      'the analyzer could not close windows: The query failed: out of memory',
    ]);
    expect(warn({ status: { ...status!, hooks: { delivered: 0, waiting: 0, givenUp: 1 } } })).toEqual([
      '1 message of hooks could not be delivered',
    ]);
  });
});

describe('a round of upkeep', () => {
  test('is one line, however many partitions it let go of', () => {
    const of = (table: string, day: string) => ({ table, day, rows: 1000, bytes: 1 });
    expect(describeDropped([of('otel_logs', '2026-01-02')])).toBe('dropped 1,000 rows of 2026-01-02, from otel_logs');
    expect(
      describeDropped([of('otel_traces', '2026-01-05'), of('otel_logs', '2026-01-02'), of('otel_logs', '2026-01-05')]),
    ).toBe('dropped 3,000 rows of 2 days from 2026-01-02 to 2026-01-05, from otel_logs, otel_traces');
  });
});

describe('the status for people', () => {
  test('says all of it', () => {
    expect(describeStatus(report, 4_000)).toBe(
      `obs 1.2.3 is ready · pid 4711 · up 1d 2h
  ! the disk has 1.0 MiB left

  OTLP/gRPC   http://127.0.0.1:4317
  OTLP/HTTP   http://127.0.0.1:4318
  Query       http://127.0.0.1:8123
  Engine      embedded, ready, pid 4712, restarts 1 (last: killed by SIGKILL)

  since start     received     stored*    rejected   * in the store now
  traces         1,234,567   1,234,000           3
  logs                  10          10           0
  metrics                0           0           0
    rejected traces: 3 × span start time is 0
    refused requests: 2 × unreadable payload

  Spool       2 segments, 567 rows, 200 KiB, oldest 3s, 1 set aside
  Disk        5.0 MiB in /home/ada/.local/share/obs
  Data        2026-01-30T00:00:00.000Z to 2026-01-31T12:00:00.000Z
  Memory      daemon 90.0 MiB, engine 300 MiB, analyzer 110 MiB
  Analyzer    services known: 1 for minutes, 4 for days; 64 series; 4 models
              open: 1 incident, 2 anomalies, 7 predictions
              of earlier predictions 90 came true, 5 did not
  Loader      last error: engine went away`,
    );
  });

  test('says what it cannot know while the engine is away', () => {
    const away = describeStatus(
      {
        ...report,
        ready: false,
        stored: null,
        rejectedReasons: { traces: {}, logs: {}, metrics: {} },
        refusedRequests: {},
        spool: { segments: 0, rows: 0, bytes: 0, oldestUnixMs: null, quarantined: 0 },
        engine: {
          state: 'restarting',
          pid: null,
          restarts: 1,
          lastExit: null,
          evicted: { partitions: 0, rows: 0, bytes: 0 },
          kind: 'remote',
          status: null,
        },
        memoryBytes: { daemon: 1, engine: null, analyzer: null },
      },
      0,
    );
    expect(away).toContain('NOT ready');
    expect(away).toMatch(/traces +1,234,567 +\? /);
    expect(away).toContain('remote, restarting, pid -');
    expect(away).toContain('none yet');
    expect(away).toContain('0 segments, 0 rows, 0 B\n');
  });

  test.each([
    [0, '0s'],
    [59.6, '1m'],
    [3_600, '1h'],
    [90, '1m 30s'],
  ])('%d seconds are %s', (seconds, text) => expect(formatSeconds(seconds)).toBe(text));
});
