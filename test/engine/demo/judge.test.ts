import { describe, expect, test } from 'vitest';
import { faults } from '../../../src/engine/demo/faults.ts';
import { judge } from '../../../src/engine/demo/judge.ts';
import type { Explanation, Verdict } from '../../../src/engine/explain/explanation.ts';

function explained(service: string, finding: Verdict['finding']): Explanation {
  const verdict: Verdict = {
    sentence: '',
    finding,
    culprit: { service, operation: 'GET /', spanId: '0000000000000001' },
    severity: 'critical',
    confidence: 1,
  };
  return { verdict } as Explanation;
}

describe('judging an explanation by what was injected', () => {
  test('is right with the service and the kind of fault', () => {
    expect(judge(faults['n-plus-one'], explained('cart', 'n-plus-one'))).toBe('right');
    expect(judge(faults['error-burst'], explained('inventory', 'error-origin'))).toBe('right');
  });

  test('gives half a point for the service alone', () => {
    expect(judge(faults['n-plus-one'], explained('cart', 'slow-operation'))).toBe('service');
  });

  test('is wrong with another service, whatever the kind, and with nothing', () => {
    expect(judge(faults['n-plus-one'], explained('web', 'n-plus-one'))).toBe('wrong');
    expect(judge(faults['n-plus-one'], null)).toBe('wrong');
  });
});
