import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sampledByPrefix } from '../../../src/engine/explain/time-sql.ts';

const ids = Array.from({ length: 20_000 }, (_, n) => createHash('md5').update(String(n)).digest('hex'));

/** How many of the ids the condition lets through. */
function taken(condition: string): number {
  const [, from, to] = /TraceId >= '(.+)' AND TraceId < '(.+)'/.exec(condition) ?? [];
  return ids.filter((id) => id >= from! && id < to!).length;
}

describe('a sample of traces by what their ids begin with', () => {
  test.each([2, 3, 10, 100])('one in %i', (one) => {
    const expected = ids.length / one;
    expect(Math.abs(taken(sampledByPrefix(one)) - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  test('all of them need no condition', () => {
    expect(sampledByPrefix(1)).toBe('');
  });
});
