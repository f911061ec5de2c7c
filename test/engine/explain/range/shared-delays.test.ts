import { describe, expect, test } from 'vitest';
import { withoutShared } from '../../../../src/engine/explain/range/shared-delays.ts';
import type { RecordFinding } from '../../../../src/engine/explain/records/record-findings.ts';

const services = ['web', 'cart', 'checkout', 'payment', 'stock'];
const found = (service: string, score: number, source: RecordFinding['source'] = 'timing'): RecordFinding => ({
  service,
  instance: `${service}-1`,
  host: 'a',
  instances: 1,
  source,
  score,
  onsetMs: null,
  sentence: '',
  evidence: [],
});

describe('delays that all services share', () => {
  test('are taken from each: what is left is its own', () => {
    const all = [
      found('web', 90),
      found('cart', 100),
      found('checkout', 80),
      found('payment', 300),
      found('stock', 110),
    ];
    const { findings, delayedAtOnce } = withoutShared(all, services);
    expect(findings.map(({ service, score }) => [service, Math.round(score)])).toEqual([['payment', 80]]);
    expect(delayedAtOnce).toBe(5);
  });

  test('nothing is taken where most have none, nor from what they do otherwise', () => {
    const one = [found('payment', 300), found('checkout', 40)];
    expect(withoutShared(one, services)).toEqual({ findings: one, delayedAtOnce: 0 });
    const steps = services.map((service) => found(service, 50, 'structure'));
    expect(withoutShared(steps, services).findings).toEqual(steps);
  });

  test('of two or three services nothing can be said', () => {
    const both = [found('web', 90), found('cart', 90)];
    expect(withoutShared(both, ['web', 'cart']).findings).toEqual(both);
  });
});
