import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPatterns } from '../../../../src/engine/analyze/meeting/patterns.ts';
import { meetingsOf } from '../../../../src/engine/analyze/meeting/together/meetings.ts';
import type { Beginning } from '../../../../src/engine/analyze/meeting/together/beginning.ts';
import { whatStartedTogether } from '../../../../src/engine/analyze/meeting/together/what-started-together.ts';
import { OwnTables } from '../../../../src/engine/store/own-tables.ts';
import { openMeetingStore, type LogLine, type MeetingStore, type SpanRow } from './meeting-store.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 20, 12, 0);
const deploy = begin + 40 * minute;
const end = deploy + 10 * minute;

describe('a deploy in the middle of an hour, with an unrelated new host a quarter of an hour before', () => {
  let store: MeetingStore;
  beforeAll(async () => {
    store = await openMeetingStore();
    const { spans, logs } = story();
    await store.insertSpans(spans);
    await store.insertLogs(logs);
    const series = { kind: 'service', service: 'shop', subject: '', feature: 'error_rate' };
    const carrier = {
      ...series,
      value: 0.3,
      usual: 0,
      usualLow: 0,
      usualHigh: 0.01,
      share: 0.8,
      words: 'error_rate of shop 0.3, usually 0',
    };
    const anomaly = {
      Id: 'a1',
      Start: text(deploy + 50_000),
      Peak: text(deploy + 80_000),
      End: null,
      Found: text(deploy + 60_000),
    };
    const rest = {
      ServiceName: 'shop',
      Severity: 'warning',
      Score: 2,
      Summary: '',
      Detectors: ['level'],
      Learned: 'hours',
    };
    await store.run(
      Effect.flatMap(OwnTables, (own) =>
        own.insert('obs_anomalies', [{ ...anomaly, ...rest, Carriers: JSON.stringify([carrier]) }]),
      ),
    );
    const patterns = createPatterns(null);
    for (let report = await store.run(patterns.mine(end + 30_000)); report.minutes > 0;) {
      report = await store.run(patterns.mine(end + 30_000));
    }
  });
  afterAll(() => store.close());

  const range = { fromMs: deploy - 20 * minute, toMs: end };

  test('the meeting of the deploy comes first, and in it the version, then what it brought', async () => {
    const [first, ...others] = await store.run(whatStartedTogether(range));
    expect(first!.beginnings.map(({ kind, service }) => `${kind} ${service}`)).toEqual([
      'version shop',
      'attribute shop',
      'log-pattern shop',
      'trace-shape shop',
      'shape-vanished shop',
      'series shop',
    ]);
    expect(first!.words).toMatch(
      /^version 2\.0 of shop first seen 12:40; retry=on in shop first seen 12:40, in 50 % of its spans; ERROR of shop "pool exhausted/,
    );
    expect(first!.surprise).toBeGreaterThan(6);
    expect(first!.startMs).toBe(deploy);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    const hosts = others.find(({ beginnings }) => beginnings.some(({ kind }) => kind === 'host'));
    expect(hosts!.words).toBe('host node-9 of mail first seen 12:25; instance node-9 of mail first seen 12:25');
    expect(hosts!.surprise).toBeLessThan(first!.surprise);
  });

  test('of some services only what is theirs', async () => {
    const found = await store.run(whatStartedTogether({ ...range, services: ['mail'] }));
    expect(found.flatMap(({ services }) => services)).toEqual(['mail']);
  });

  test('where nothing began there is nothing', async () => {
    const quiet = { fromMs: begin + 28 * minute, toMs: begin + 36 * minute };
    expect(await store.run(whatStartedTogether(quiet))).toEqual([]);
  });
});

describe('how surprising a meeting is', () => {
  const began = (kind: Beginning['kind'], service: string, onsetMs: number, surprise: number): Beginning => ({
    kind,
    service,
    subject: `${kind}-${onsetMs}`,
    words: kind,
    onsetMs,
    surprise,
  });
  const range = { fromMs: 0, toMs: 60 * minute };

  test('a hundred new lines of one service count as the most surprising of them, different things add up', () => {
    const lines = Array.from({ length: 100 }, (_, at) => began('log-pattern', 'shop', 10 * minute + at, 3));
    const pair = [began('version', 'pay', 30 * minute, 3), began('trace-shape', 'pay', 31 * minute, 3)];
    const [first, second] = meetingsOf([...lines, ...pair], range);
    expect(first!.services).toEqual(['pay']);
    expect(second!.beginnings).toHaveLength(100);
    expect(first!.surprise).toBeCloseTo(6 - Math.log10(20), 6);
  });

  test('what began four minutes later is another meeting', () => {
    const found = meetingsOf([began('version', 'a', 0, 4), began('version', 'b', 4 * minute, 4)], range);
    expect(found.map(({ services }) => services)).toEqual([['a'], ['b']]);
  });
});

function text(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

function story(): { spans: SpanRow[]; logs: LogLine[] } {
  const spans: SpanRow[] = [];
  const logs: LogLine[] = [];
  let ids = 0;
  const id = (): string => (++ids * 2_654_435_761).toString(16).padStart(32, '0');
  for (let at = 0; at < 50; at++) {
    const timeMs = begin + at * minute;
    const isAfter = timeMs >= deploy;
    for (let n = 0; n < 20; n++) {
      const own = { timeMs: timeMs + 300 + n * 2000, traceId: id(), service: 'shop' };
      const resource = { 'service.version': isAfter ? '2.0' : '1.9', 'host.name': 'node-1' };
      const attributes = { retry: isAfter ? 'on' : 'off', request: String(ids) };
      spans.push({ ...own, spanId: 'a', operation: 'POST /order', ms: 40, resource, attributes });
      if (isAfter)
        spans.push({
          ...own,
          spanId: 'b',
          parent: 'a',
          operation: 'retry',
          kind: 'Internal',
          ms: 10,
          resource,
          attributes,
        });
      const node = at >= 25 && n % 2 === 0 ? 'node-9' : 'node-2';
      spans.push({
        ...own,
        traceId: id(),
        spanId: 'm',
        service: 'mail',
        operation: 'send',
        ms: 5,
        resource: { 'service.version': '1', 'host.name': node },
      });
      logs.push({ timeMs: own.timeMs, service: 'shop', body: `order ${n} taken` });
      if (isAfter && n < 4)
        logs.push({ timeMs: own.timeMs + 500, service: 'shop', body: `pool exhausted after ${n} s`, severity: 17 });
    }
  }
  return { spans, logs };
}
