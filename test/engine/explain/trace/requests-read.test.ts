import { describe, expect, test } from 'vitest';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { requestsRead } from '../../../../src/engine/explain/trace/requests-read.ts';
import { drawnContext } from '../drawn-context.ts';

const startSeconds = 1_700_000_000;
const minuteMs = 60_000;

/** Half an hour of requests up to the trace, among so many spans a second of all services. */
function read(requestsASecond: number, spansASecond: number) {
  const windows = Array.from({ length: 180 }, (_, n) => ({
    service: 'web',
    kind: 'Server',
    operation: 'GET /',
    time: startSeconds - 1800 + n * 10,
    calls: requestsASecond * 10,
    errors: 0,
    meanMs: 10,
  }));
  const context = drawnContext('web: GET / server 0 +100', { windows });
  const around = {
    operations: [],
    usualFrom: startSeconds - 180,
    usualTo: startSeconds - 60,
    recentFrom: startSeconds - 60,
    recentTo: startSeconds + 60,
    spans: spansASecond * 240,
    instancesBelow: '',
    attributesBelow: '',
  };
  const { range, one } = requestsRead(context, around);
  return { ms: range.toMs - range.fromMs, toMs: range.toMs, one };
}

describe('the requests that a trace is compared with', () => {
  test('are all of a quarter of an hour, up to a minute after the trace, where there are few', () => {
    expect(read(1, 10)).toEqual({ ms: 15 * minuteMs, toMs: (startSeconds + 60) * 1000, one: 1 });
  });

  test('are those of a shorter time where spans are many, and one in some of these where they are more still', () => {
    const many = read(1, 1000);
    expect(many.ms).toBeLessThan(2 * minuteMs);
    expect(many.one).toBeLessThanOrEqual(2);
    const more = read(1, 20_000);
    expect(more.ms).toBeLessThan(70_000 + minuteMs);
    expect((20_000 * more.ms) / 1000 / more.one).toBeLessThanOrEqual(limits.explain.rootRequestSpans * 1.2);
  });

  test('are one in some of them where the operation itself is called often', () => {
    expect(read(20, 20).one).toBeGreaterThan(10);
  });
});
