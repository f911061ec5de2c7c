import { describe, expect, test } from 'vitest';
import { splitsAmong, type ReadRequest } from '../../../../src/engine/explain/trace/request-values.ts';

/** So many requests alike. */
const some = (count: number, isBad: boolean, span: Record<string, string>, resource = {}): ReadRequest[] =>
  Array.from({ length: count }, () => ({ trace: '', isBad, span, resource }));

const found = (requests: readonly ReadRequest[], restates?: readonly string[]) =>
  splitsAmong(requests, restates).map(({ values, counts }) => ({
    values: values.map(({ key, comparison, value }) => `${key}${comparison}${value}`).join(' '),
    counts,
  }));

describe('a value that bad requests have', () => {
  test('separates them from those that have it not', () => {
    const requests = [
      ...some(20, true, { tenant: 'acme', region: 'eu' }),
      ...some(30, false, { tenant: 'birch', region: 'eu' }),
      ...some(30, false, { tenant: 'cedar', region: 'us' }),
    ];
    expect(found(requests)).toEqual([{ values: 'tenant=acme', counts: { bad: 20, badAll: 20, good: 0, goodAll: 60 } }]);
  });

  test('may be of its process: one version of several', () => {
    const requests = [
      ...some(12, true, {}, { 'service.version': '2' }),
      ...some(3, true, {}, { 'service.version': '1' }),
      ...some(40, false, {}, { 'service.version': '1' }),
    ];
    expect(found(requests)[0]?.values).toBe('service.version=2');
  });

  test('may be a number beyond what others have', () => {
    const of = (isBad: boolean, from: number) =>
      Array.from({ length: 40 }, (_, n) => some(1, isBad, { 'app.cart.items': String(from + n) })).flat();
    expect(found([...of(true, 200), ...of(false, 1)])[0]).toEqual({
      values: 'app.cart.items>39',
      counts: { bad: 40, badAll: 40, good: 1, goodAll: 40 },
    });
  });

  test('two values say more together where only both make a request bad', () => {
    const requests = [
      ...some(40, true, { tenant: 'acme', region: 'eu' }),
      ...some(200, false, { tenant: 'acme', region: 'us' }),
      ...some(200, false, { tenant: 'birch', region: 'eu' }),
      ...some(200, false, { tenant: 'birch', region: 'us' }),
    ];
    expect(found(requests)[0]?.values).toBe('tenant=acme region=eu');
  });
});

describe('nothing is said', () => {
  test('of what says how a request went, or what it was chosen by', () => {
    const requests = [
      ...some(20, true, { 'error.type': 'timeout', 'http.response.status_code': '500', 'rpc.response.size': '0' }),
      ...some(40, false, { 'http.response.status_code': '200', 'rpc.response.size': '9' }),
    ];
    expect(found(requests, ['rpc.response.size'])).toEqual([]);
  });

  test('of ids, though each bad request has one that no other has', () => {
    const of = (count: number, isBad: boolean, name: string) =>
      Array.from({ length: count }, (_, n) => some(1, isBad, { 'request.id': `${name}${n}` })).flat();
    expect(found([...of(40, true, 'a'), ...of(40, false, 'b')])).toEqual([]);
  });

  test('of chance, of two bad requests, and where there is nothing to compare with', () => {
    const mixed = Array.from({ length: 100 }, (_, n) => some(1, n % 3 === 0, { tenant: `t${n % 4}` })).flat();
    expect(found(mixed)).toEqual([]);
    expect(found([...some(2, true, { a: 'x' }), ...some(50, false, { a: 'y' })])).toEqual([]);
    expect(found(some(50, true, { a: 'x' }))).toEqual([]);
  });

  test('of text that no statement could ask for again', () => {
    const broken = [...some(20, true, { a: 'x\0', b: 'y\uFFFD', c: 'z'.repeat(600) }), ...some(40, false, {})];
    expect(found(broken)).toEqual([]);
  });
});
