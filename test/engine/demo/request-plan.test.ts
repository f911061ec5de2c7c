import { describe, expect, test } from 'vitest';
import { planRequests, type PlannedRequest } from '../../../src/engine/demo/load/request-plan.ts';
import { seededRandom } from '../../../src/engine/demo/load/random.ts';

function first(count: number, seed: number, rate = 20): PlannedRequest[] {
  const plan = planRequests(seed, rate);
  return Array.from({ length: count }, () => plan.next().value);
}

describe('the plan of requests', () => {
  test('the same seed gives the same requests at the same times', () => {
    expect(first(500, 7)).toEqual(first(500, 7));
  });

  test('another seed gives others', () => {
    expect(first(20, 7)).not.toEqual(first(20, 8));
  });

  test('requests come at the rate that was asked for, and never back in time', () => {
    const plan = first(4_000, 1, 50);
    expect(plan.at(-1)!.atMs / 1000).toBeCloseTo(80, -1);
    expect(plan.every(({ atMs }, at) => at === 0 || atMs >= plan[at - 1]!.atMs)).toBe(true);
  });

  test('customers browse, look into their carts, add to them, order, and look at their orders', () => {
    const kinds = Map.groupBy(first(2_000, 1), ({ method, path }) => `${method} ${path.replace(/customer-\d+/, '*')}`);
    const share = (kind: string): number => (kinds.get(kind)?.length ?? 0) / 2_000;
    expect([...kinds.keys()].toSorted()).toEqual([
      'GET /',
      'GET /cart/*',
      'GET /orders/*',
      'POST /cart/*/items',
      'POST /checkout',
    ]);
    expect(share('POST /checkout')).toBeCloseTo(0.3, 1);
  });

  test('the numbers behind it are the same on every machine', () => {
    const random = seededRandom('a seed');
    expect([random(), random(), random()]).toMatchInlineSnapshot(`
      [
        0.39018802903592587,
        0.874182743486017,
        0.1655794270336628,
      ]
    `);
  });
});
