import { describe, expect, test } from 'vitest';
import type { TraceProfile } from '../../../../src/engine/explain/compare/profile.ts';
import { failsEarly, judge } from '../../../../src/engine/explain/compare/worse.ts';

const traces = (
  count: number,
  of: (n: number) => { ms: number; failed?: boolean },
  operation = 'GET /',
): TraceProfile[] =>
  Array.from({ length: count }, (_, n) => ({
    traceId: `${operation}${n}`,
    durationMs: of(n).ms,
    failed: of(n).failed === true,
    operation: { service: 'web', kind: 'Server', operation },
    spent: new Map(),
    belowMs: new Map(),
  }));
/** Durations as they are in life: most near the middle, some far above. */
const spread = (middle: number) => (n: number) => ({ ms: middle * (1 + ((n * 37) % 100) ** 3 / 1e6) });

describe('one side beside another', () => {
  test.each([
    ['half as long again is worse', 300, 200, 'worse'],
    ['the other way round it is better', 200, 300, 'better'],
    ['two in a hundred are chance', 204, 200, 'alike'],
  ])('%s', (_, bad, good, judgement) => {
    expect(judge(traces(100, spread(bad)), traces(100, spread(good)))).toBe(judgement);
  });

  test('of four traces nothing is said', () => {
    expect(judge(traces(4, spread(900)), traces(100, spread(100)))).toBe('unknown');
  });

  test('another mixture of operations is not worse', () => {
    const mixed = (slow: number, quick: number) => [
      ...traces(slow, spread(900), 'GET /report'),
      ...traces(quick, spread(20)),
    ];
    expect(judge(mixed(80, 20), mixed(20, 80))).toBe('alike');
  });

  test('failures count, also where they make traces shorter', () => {
    const failing = traces(100, (n) => ({ ms: n % 5 === 0 ? 2 : 100 + (n % 7), failed: n % 5 === 0 }));
    const fine = traces(100, (n) => ({ ms: 100 + (n % 7) }));
    expect(judge(failing, fine)).toBe('worse');
    expect(failsEarly(failing, fine)).toBe(true);
    expect(failsEarly(fine, failing)).toBe(false);
  });
});
