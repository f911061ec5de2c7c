import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { DemoResult } from '../../../src/engine/demo/demo-result.ts';
import { faults } from '../../../src/engine/demo/faults.ts';
import { renderResult } from '../../../src/engine/demo/render-result.ts';
import { isWorse, type Fared } from '../../../src/engine/demo/symptoms.ts';

const fared = (meanMs: number, errors = 0): Fared => ({ calls: 100, errors, meanMs, p95Ms: meanMs * 2 });

const result: DemoResult = {
  faults: [{ name: 'pool-exhaustion', culprit: faults['pool-exhaustion'].culprit, judgement: 'operation' }],
  worstTrace: null,
  symptoms: [
    { operation: 'GET /', before: fared(50), after: fared(10) },
    { operation: 'GET /cart/{customer}', before: fared(10), after: fared(11) },
    { operation: 'POST /checkout', before: fared(300), after: fared(2000) },
    { operation: 'GET /orders/{customer}', before: fared(10), after: fared(10, 5) },
  ],
  explanation: null,
  endpoints: {} as DemoResult['endpoints'],
  startedBackend: true,
  counts: { sent: 1234, succeeded: 1200, failed: 34, stored: { spans: 123456, logs: 12345, points: 123456 } },
  seed: 1,
  durationMs: 41_000,
};

describe('the result of a demo for people', () => {
  test('has figures of what got worse alone, and names the rest', () => {
    expect(renderResult(result).split('\n').slice(0, 4)).toEqual([
      'What customers felt',
      '  POST /checkout          p95  600 ms → 4 s       0 % failed → 0 % failed',
      '  GET /orders/{customer}  p95   20 ms → 20 ms     0 % failed → 5 % failed',
      '  No change for the worse: GET /, GET /cart/{customer}',
    ]);
    expect(renderResult({ ...result, symptoms: result.symptoms.slice(0, 2) })).toContain('Nothing got worse.');
  });

  test('says when the explanation blames another operation', () => {
    expect(renderResult(result)).toContain('as one of another operation');
  });

  test('names what to type next, incidents too', () => {
    const [, next = ''] = renderResult(result).split('Type next');
    for (const command of ['obs watch', 'obs traces', 'obs incidents', 'obs down']) expect(next).toContain(command);
  });

  test.each([80, 100])('stays within %i columns', (width) => {
    for (const line of renderResult(result, width).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });

  test('what nobody asked for since the fault did not get worse', () => {
    expect(isWorse({ operation: 'GET /', before: fared(10), after: { ...fared(0), calls: 0 } })).toBe(false);
  });
});
