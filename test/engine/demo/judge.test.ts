import { describe, expect, test } from 'vitest';
import { faults } from '../../../src/engine/demo/faults.ts';
import { judge } from '../../../src/engine/demo/judge.ts';
import type { Explanation, Finding, ShapeName } from '../../../src/engine/explain/explanation.ts';

function explained(service: string, id: ShapeName, operation = 'GET /', more: Partial<Finding> = {}): Explanation {
  const culprit = { service, operation, spanId: '0000000000000001' };
  const finding = { id, culprit, title: '', sentences: [], evidence: [], ...more };
  return { verdict: { finding: id, culprit }, findings: [finding] } as unknown as Explanation;
}

describe('judging an explanation by what was injected', () => {
  test('is right with the service, the kind of fault and the operation', () => {
    expect(judge(faults['n-plus-one'], explained('cart', 'n-plus-one', 'SELECT products'))).toBe('right');
    expect(judge(faults['error-burst'], explained('inventory', 'error-origin', 'POST /reservations'))).toBe('right');
  });

  test('is right when the operation is named in what the finding says or among its evidence', () => {
    const rows = [{ service: 'cart', operation: 'SELECT products' }];
    const evidence = [{ id: '', title: '', sql: '', rows }];
    expect(judge(faults['n-plus-one'], explained('cart', 'n-plus-one', 'GET /', { evidence }))).toBe('right');
    const title = '40 times "SELECT products"';
    expect(judge(faults['n-plus-one'], explained('cart', 'n-plus-one', 'GET /', { title }))).toBe('right');
  });

  test('tells when the cause is said of another operation', () => {
    const evidence = [{ id: '', title: '', sql: '', rows: [{ service: 'inventory', operation: 'SELECT products' }] }];
    expect(judge(faults['n-plus-one'], explained('cart', 'n-plus-one', 'GET /', { evidence }))).toBe('operation');
  });

  test('gives half a point for the service alone', () => {
    expect(judge(faults['n-plus-one'], explained('cart', 'slow-operation', 'SELECT products'))).toBe('service');
  });

  test('is wrong with another service, whatever the kind, and with nothing', () => {
    expect(judge(faults['n-plus-one'], explained('web', 'n-plus-one', 'SELECT products'))).toBe('wrong');
    expect(judge(faults['n-plus-one'], null)).toBe('wrong');
  });

  test('of several faults at once, each may be one of the first findings', () => {
    const both = {
      ...explained('cart', 'n-plus-one', 'SELECT products'),
      findings: [
        ...explained('cart', 'n-plus-one', 'SELECT products').findings,
        ...explained('payment', 'slow-dependency', 'POST /charges').findings,
      ],
    };
    expect(judge(faults['slow-dependency'], both, 3)).toBe('right');
    expect(judge(faults['slow-dependency'], both)).toBe('wrong');
    expect(judge(faults['error-burst'], both, 3)).toBe('wrong');
  });
});
