import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import { outermostOf, type Call } from '../../../../src/engine/explain/range/calls.ts';
import { followFlow, type ServiceWindow } from '../../../../src/engine/explain/range/flow.ts';
import { openExplainStore } from '../real-store.ts';
import { anHour, soundAnswer } from './sound-answer.ts';

const levels = 10;
const perLevel = 200;
const usualSeconds = 600;
const badSeconds = 120;
const perSecond = 5;
const start = anHour(8);

/**
 * Ten levels of 200 services, each of which calls three of the next level. A third of the requests takes one way through
 * them, all others go anywhere; on that way, eight levels down, one service becomes slow.
 */
const way = Array.from({ length: levels }).reduce<number[]>((path) => [...path, (path.at(-1)! * 3) % perLevel], [7]);
const slowLevel = 7;
const culprit = `svc-${slowLevel}-${way[slowLevel]}`;
const traffic = `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)
SELECT fromUnixTimestamp64Milli(toInt64(${start} + intDiv(t * 1000, ${perSecond}) + level * 2), 'UTC'), lower(hex(sipHash128(t))),
  lower(leftPad(hex(level + 1), 16, '0')), if(level = 0, '', lower(leftPad(hex(level), 16, '0'))), 'GET /', 'Server',
  concat('svc-', toString(level), '-', toString(path[level + 1])),
  1000000 * (4 * (${levels} - level) + h % 7
    + if(level <= ${slowLevel} AND path[${slowLevel + 1}] = ${way[slowLevel]} AND t >= ${usualSeconds * perSecond}, 800, 0)), 'Unset'
FROM (
  SELECT number AS t, cityHash64(number) AS h, h % 3 = 0 AS isUsualWay,
    arrayFold((before, level) -> arrayPushBack(before, toUInt32((3 * before[-1] + if(isUsualWay, 0, bitShiftRight(h, 2 * level) % 3)) % ${perLevel})),
      range(${levels - 1}), [toUInt32(if(isUsualWay, 7, number % ${perLevel}))]) AS path
  FROM numbers(${(usualSeconds + badSeconds) * perSecond})
)
ARRAY JOIN range(${levels}) AS level`;

let store: Awaited<ReturnType<typeof openExplainStore>>;
let answer: Explanation;
beforeAll(async () => {
  store = await openExplainStore();
  await store.command(traffic);
  const fromMs = start + usualSeconds * 1000;
  answer = await soundAnswer(store, { ask: 'range', range: { fromMs, toMs: fromMs + badSeconds * 1000 } });
}, 60_000);
afterAll(() => store.close());

describe('2,000 services that call each other, one of which is slow', () => {
  test('all were looked at', () => {
    expect(answer.scope.services).toHaveLength(levels * perLevel);
  });

  test('it is named, and none of those above it', () => {
    expect(answer.verdict.culprit?.service).toBe(culprit);
    expect(answer.suspects[0]?.service).toBe(culprit);
    expect(answer.verdict.confidence).toBeGreaterThan(0.5);
  });

  test('what went on up to the outermost is told, and what it costs', () => {
    expect(answer.symptoms.map(({ service }) => service)).toContain(`svc-0-${way[0]}`);
    expect(answer.without?.savedMs).toBeGreaterThan(600);
  });
});

describe('a graph as large as that', () => {
  const services = Array.from({ length: 2000 }, (_, n) => `s${n}`);
  const calls: readonly Call[] = services.flatMap((caller, n) =>
    [1, 7, 31].map((step) => ({ caller, callee: services[(n + step) % 2000]!, calls: 10 })),
  );

  test('in which each depends on all others has no outermost service', () => {
    expect(outermostOf(services.slice(0, 60), calls)).toHaveLength(60);
  });

  test('is followed through cycles to who has the trouble', () => {
    const windows = (service: string, fromSeconds: number, meanMs: number): ServiceWindow[] =>
      Array.from({ length: 12 }, (_, n) => ({ service, time: fromSeconds + n * 10, calls: 20, errors: 0, meanMs }));
    const ranked = followFlow({
      alarmed: 's0',
      kind: 'latency',
      atMs: 1_700_000_120_000,
      calls,
      usual: services.flatMap((service) => windows(service, 1_700_000_000, 20)),
      now: services.flatMap((service, n) => windows(service, 1_700_000_120, n === 0 || n === 7 ? 500 : 20)),
      stepSeconds: 10,
      usualPeriod: { fromSeconds: 1_700_000_000, toSeconds: 1_700_000_120 },
      nowPeriod: { fromSeconds: 1_700_000_120, toSeconds: 1_700_000_240 },
    });
    expect(ranked[0]?.name).toBe('s7');
  });
});
