import { describe, expect, test } from 'vitest';
import type { Call } from '../../../../src/engine/explain/range/calls.ts';
import { hostTrouble, type HostFare } from '../../../../src/engine/explain/range/host-trouble.ts';

const fare = (service: string, host: string, presentMs: number, calls = 100): HostFare => ({
  service,
  host,
  usualCalls: calls,
  usualMs: 10,
  calls,
  presentMs,
});
const calls = [
  { caller: 'web', callee: 'stock', calls: 9 },
  { caller: 'web', callee: 'payment', calls: 9 },
];
/** Their caller is slow for their sake, on another host. */
const together = [
  fare('web', 'b', 30),
  fare('stock', 'a', 40),
  fare('stock', 'b', 10),
  fare('payment', 'a', 35),
  fare('cart', 'b', 10),
];

describe('a host whose services suffer together', () => {
  test('is told: two that do not call each other are slow there, and nowhere else', () => {
    expect(hostTrouble(together, calls, { sql: '' })).toMatchObject({ host: 'a', origins: ['payment', 'stock'] });
  });

  const related: readonly Call[] = [...calls, { caller: 'payment', callee: 'stock', calls: 9 }];
  const cases: readonly (readonly [string, readonly HostFare[], readonly Call[]])[] = [
    ['one of them alone is slow', together.filter(({ service }) => service !== 'payment'), calls],
    ['one calls the other', together, related],
    ['a service is slow on another host as well', [...together, fare('cart', 'c', 40)], calls],
    ['there is but this host', together.filter(({ host }) => host === 'a'), calls],
    ['there are too few calls', together.map((each) => ({ ...each, calls: 3 })), calls],
    ['nothing is slow', together.map((each) => ({ ...each, presentMs: 11 })), calls],
  ];
  test.each(cases)('is not when %s', (_, fares, who) => {
    expect(hostTrouble(fares, who, { sql: '' })).toBeNull();
  });
});
