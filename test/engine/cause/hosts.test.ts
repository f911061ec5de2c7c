import { describe, expect, test } from 'vitest';
import { rankCauses } from '../../../src/engine/cause/rank.ts';
import type { CauseInput } from '../../../src/engine/cause/input.ts';
import { system } from './system.ts';

/** Three services on each of two hosts: the alarmed one calls into both, and calls cross between them. */
const calls = ['web → cart', 'web → search', 'cart → price', 'cart → stock', 'search → index', 'search → stock'];
const runsOn = ['cart @ A', 'price @ A', 'index @ A', 'search @ B', 'stock @ B', 'ads @ B', 'web @ C'];
const slowWeb = { entity: 'web', kind: 'latency' } as const;
const failingWeb = { entity: 'web', kind: 'errors' } as const;

const first = (input: CauseInput): string | undefined => rankCauses(input).entities[0]?.name;
const withoutAlarm = (input: CauseInput): CauseInput => {
  const { alarm, ...rest } = input;
  return alarm === undefined ? input : rest;
};

/** Each of host A is slower by .3 s of its own; who calls it waits for it. */
const hostSlow = {
  web: { latency: 1.3 },
  cart: { latency: 0.7 },
  price: { latency: 0.4 },
  search: { latency: 0.4 },
  index: { latency: 0.4 },
};
/** One service of host A is slower, and two others of the host wait for it. */
const calleeSlow = { web: { latency: 0.5 }, cart: { latency: 0.5 }, price: { latency: 0.5 } };

describe('neighbours of a host suffer together', () => {
  test('three slow services of one host and three quick ones of another point to the host', () => {
    expect(first(system({ calls, runsOn, fault: hostSlow, alarm: slowWeb }))).toBe('A');
  });

  test('without an alarm to follow, too', () => {
    expect(first(withoutAlarm(system({ calls, runsOn, fault: hostSlow })))).toBe('A');
  });

  test('failures of all of one host, too', () => {
    const fault = {
      web: { errors: 0.4 },
      cart: { errors: 0.25 },
      price: { errors: 0.12 },
      search: { errors: 0.12 },
      index: { errors: 0.12 },
    };
    expect(first(system({ calls, runsOn, fault, alarm: failingWeb }))).toBe('A');
  });

  test('a callee that others of its host wait for is to blame itself', () => {
    const { entities } = rankCauses(system({ calls, runsOn, fault: calleeSlow, alarm: slowWeb }));
    expect(entities[0]?.name).toBe('price');
    expect(entities.find(({ name }) => name === 'A')?.terms ?? []).toEqual([]);
  });

  test('it is, too, where there is no alarm and calls are known', () => {
    const { entities } = rankCauses(withoutAlarm(system({ calls, runsOn, fault: calleeSlow })));
    expect(entities.find(({ name }) => name === 'A')?.terms ?? []).toEqual([]);
  });

  test('a callee of another host is to blame although all of this host wait for it', () => {
    const waiting = ['web → cart', 'web → search', 'cart → stock', 'search → stock'];
    const fault = { web: { latency: 0.7 }, cart: { latency: 0.4 }, search: { latency: 0.4 }, stock: { latency: 0.4 } };
    const places = ['cart @ A', 'search @ A', 'stock @ B', 'ads @ B', 'web @ C'];
    expect(first(system({ calls: waiting, runsOn: places, fault, alarm: slowWeb }))).toBe('stock');
  });

  test('trouble on both hosts is not that of one of them', () => {
    const fault = { ...hostSlow, stock: { latency: 0.4 }, search: { latency: 1 }, web: { latency: 2 } };
    const { entities } = rankCauses(system({ calls, runsOn, fault, alarm: slowWeb }));
    expect(entities.findIndex(({ name }) => name === 'B')).not.toBe(0);
  });

  test('four of one host that call each other in a row, each slower by itself, point to it', () => {
    const chain = ['web → a', 'a → b', 'b → c', 'c → d', 'web → other'];
    const places = ['a @ A', 'b @ A', 'c @ A', 'd @ A', 'other @ B', 'another @ B', 'web @ C'];
    const fault = {
      web: { latency: 1.3 },
      a: { latency: 1.3 },
      b: { latency: 1 },
      c: { latency: 0.7 },
      d: { latency: 0.4 },
    };
    expect(first(system({ calls: chain, runsOn: places, fault, alarm: slowWeb }))).toBe('A');
  });
});
