import { describe, expect, test } from 'vitest';
import { calibrationOf } from '../../../bench/score/demo/calibration.ts';
import { casesOf, chosen, kindOf, pairs } from '../../../bench/score/demo/explain-cases.ts';
import { judgeAnswer, judgeTrace, type Answer } from '../../../bench/score/demo/judge-answer.ts';
import { faultNames } from '../../../src/engine/demo/fault-names.ts';
import type { Culprit, Finding, ShapeName, Suspect } from '../../../src/engine/explain/explanation.ts';

const finding = (id: ShapeName, service: string, operation: string, more: Partial<Culprit> = {}): Finding => ({
  id,
  title: '',
  severity: 'warning',
  culprit: { service, operation, spanId: '', ...more },
  explains: { ms: 1, percent: 1 },
  sentences: [],
  spans: [],
  confidence: 0.9,
  evidence: [],
});

const suspect = (service: string): Suspect => ({
  kind: 'service',
  name: service,
  service,
  score: 1,
  confidence: 0.5,
  since: null,
  why: [],
  evidence: [],
});

/** An answer whose verdict rests on the first finding. */
function answered(findings: readonly Finding[], suspects: readonly Suspect[] = []): Answer {
  const [first] = findings;
  const verdict = {
    sentence: '',
    finding: first?.id ?? null,
    culprit: first?.culprit ?? null,
    severity: first?.severity ?? null,
    confidence: 0.8,
  };
  return { verdict, findings, suspects };
}

describe('judging what explain says of a shop', () => {
  test('is right with culprit, shape and operation, each of which is told by itself', () => {
    const said = (id: ShapeName, service: string, operation: string) => {
      const { right, culprit, shape, place } = judgeAnswer(
        ['cache-miss'],
        '-3',
        answered([finding(id, service, operation)]),
      );
      return { right, culprit, shape, place };
    };
    const all = { right: true, culprit: true, shape: true, place: true };
    expect(said('cache-miss', 'cart-3', 'SELECT products')).toEqual(all);
    expect(said('cache-miss', 'cart-4', 'SELECT products')).toEqual({ ...all, right: false, culprit: false });
    expect(said('n-plus-one', 'cart-3', 'SELECT products')).toEqual({ ...all, right: false, shape: false });
    expect(said('cache-miss', 'cart-3', 'GET /')).toEqual({ ...all, right: false, place: false });
  });

  test('a queue at one instance must name the instance', () => {
    const said = (more: Partial<Culprit>) =>
      judgeAnswer(['instance-queue'], '', answered([finding('instance-queue', 'inventory', 'GET /products', more)]))
        .right;
    expect([said({}), said({ instance: 'a' })]).toEqual([false, true]);
  });

  test('what is not first may be among the first three', () => {
    const wrong = finding('slow-operation', 'web', 'GET /');
    const others = [1, 2, 3].map(() => ({ ...wrong }));
    const right = finding('hot-key', 'inventory', 'GET /products');
    expect(judgeAnswer(['hot-key'], '', answered([wrong, right]))).toMatchObject({
      right: false,
      culprit: false,
      culpritTop3: true,
      rightTop3: true,
    });
    expect(judgeAnswer(['hot-key'], '', answered([...others, right])).rightTop3).toBe(false);
    const suspects = [suspect('web'), suspect('inventory')];
    expect(judgeAnswer(['hot-key'], '', answered([wrong], suspects))).toMatchObject({
      culpritTop3: true,
      rightTop3: false,
    });
  });

  test('the verdict may rest on a finding that is not the first', () => {
    const [first, second] = [
      finding('slow-operation', 'web', 'GET /'),
      finding('hot-key', 'inventory', 'GET /products'),
    ];
    const answer = answered([second]);
    expect(judgeAnswer(['hot-key'], '', { ...answer, findings: [first, second] }).right).toBe(true);
  });

  test('of two faults both must be found', () => {
    const one = finding('slow-dependency', 'payment', 'POST /charges');
    const other = finding('n-plus-one', 'cart', 'SELECT products');
    const both = ['slow-dependency', 'n-plus-one'] as const;
    expect(judgeAnswer(both, '', answered([one, other]))).toMatchObject({ right: true, culprit: true });
    expect(judgeAnswer(both, '', answered([one]))).toMatchObject({ right: false, culprit: false });
    expect(judgeAnswer(both, '', answered([one], [suspect('payment'), suspect('cart')]))).toMatchObject({
      right: false,
      culprit: true,
    });
  });

  test('one trace shows one of two faults: either is right, and neither is wrong', () => {
    const both = ['slow-dependency', 'n-plus-one'] as const;
    const said = (...findings: readonly Finding[]) => judgeTrace(both, '', answered([...findings])).right;
    expect(said(finding('n-plus-one', 'cart', 'SELECT products'))).toBe(true);
    expect(said(finding('slow-dependency', 'payment', 'POST /charges'))).toBe(true);
    expect(said(finding('slow-operation', 'web', 'GET /'))).toBe(false);
  });

  test('without a fault nothing unusual is right, and anything else is wrong', () => {
    expect(judgeAnswer([], '', answered([]))).toMatchObject({ right: true, said: 'nothing unusual' });
    expect(judgeAnswer([], '', answered([finding('cold-start', 'cart', 'GET /')]))).toMatchObject({
      right: false,
      culprit: false,
    });
  });
});

describe('what the board asks about', () => {
  test('every fault, the pairs, and twice none with other customers, for each seed', () => {
    const cases = casesOf([1, 2]);
    expect(cases).toHaveLength(2 * (faultNames.length + pairs.length + 2));
    const quiet = cases.filter((one) => kindOf(one) === 'none');
    expect(new Set(quiet.map(({ seed }) => seed)).size).toBe(4);
  });

  test('some alone', () => {
    const cases = chosen(casesOf([7]), ['hot-key', 'slow-dependency+n-plus-one']);
    expect(cases.map(kindOf)).toEqual(['hot-key', 'slow-dependency + n-plus-one']);
    expect(chosen(casesOf([7]), ['nonsense'])).toEqual([]);
  });
});

test('calibration compares what was said with what was so, by tenths', () => {
  const told = [
    { confidence: 0.81, right: true },
    { confidence: 0.89, right: false },
    { confidence: 0.3, right: false },
    { confidence: 1, right: true },
  ];
  expect(calibrationOf(told)).toEqual([
    { from: 0.3, to: 0.4, answers: 1, meanConfidence: 0.3, right: 0 },
    { from: 0.8, to: 0.9, answers: 2, meanConfidence: 0.8500000000000001, right: 0.5 },
    { from: 0.9, to: 1, answers: 1, meanConfidence: 1, right: 1 },
  ]);
});
