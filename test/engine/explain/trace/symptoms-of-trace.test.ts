import { describe, expect, test } from 'vitest';
import { symptomsOfTrace } from '../../../../src/engine/explain/trace/symptoms-of-trace.ts';
import { symptomEvidence } from '../../../../src/engine/explain/trace/symptom-evidence.ts';
import { drawnContext, type Around } from '../drawn-context.ts';

const told = (picture: string, around?: Around) => symptomsOfTrace(drawnContext(picture, around));
const names = (picture: string, around?: Around) =>
  told(picture, around).map(({ service, operation, what }) => `${service} ${operation} ${what}`);
const sentences = (picture: string, around?: Around) => told(picture, around).map(({ sentence }) => sentence);

const checkout = `
  web: POST /checkout              server  0 +2000
    web: GET /cart                 client  5 +40
      cart: GET /cart              server  8 +30
    web: POST /payments            client 50 +1940
      payment: POST /payments      server 55 +1930
        payment: POST /charges     client 60 +1900`;
const usual = {
  'web POST /checkout': 200,
  'web GET /cart': 38,
  'cart GET /cart': 29,
  'web POST /payments': 120,
  'payment POST /payments': 110,
  'payment POST /charges': 80,
};

describe('what was slow in a trace', () => {
  test('the first domino first, then those that wait for it, and none that is as ever', () => {
    expect(names(checkout, { usual })).toEqual([
      'payment POST /charges duration',
      'payment POST /payments duration',
      'web POST /checkout duration',
    ]);
  });

  test('each is said in a sentence that is plain about being of one trace', () => {
    expect(sentences(checkout, { usual })[0]).toBe('payment "POST /charges" took 1.9 s in this trace, usually 80 ms.');
  });

  test('a call stays where the callee does not account for it: the time goes between them', () => {
    const late = checkout.replace('server 55 +1930', 'server 1800 +180').replace('client 60 +1900', 'client 1810 +80');
    expect(names(late, { usual })).toContain('web POST /payments duration');
  });

  test('many calls are told together, by their mean', () => {
    const loop = `
  web: GET /            server 0 +900
${Array.from({ length: 20 }, (_, at) => `    web: SELECT price  client ${10 + at * 44} +40`).join('\n')}`;
    expect(sentences(loop, { usual: { 'web GET /': 100, 'web SELECT price': 3 } })[0]).toBe(
      'web "SELECT price" took 40 ms on average in this trace (20 calls), usually 3 ms.',
    );
  });

  test('one call a little beyond its p95 is nothing, nor is what hardly counts in the whole', () => {
    const picture = 'web: GET / server 0 +1000\n  web: a client 5 +145\n  web: b client 200 +10';
    expect(names(picture, { usual: { 'web GET /': 900, 'web a': 100, 'web b': 1 } })).toEqual([]);
  });

  test('nothing can be said without history', () => {
    expect(names(checkout)).toEqual([]);
  });

  test('since when is said of the operation that the onset was seen in', () => {
    const onset = { service: 'payment', kind: 'Client', operation: 'POST /charges', time: 1_699_999_900 };
    const since = told(checkout, { usual, onset: { ...onset, calmSince: null, what: 'duration', score: 9 } }).map(
      (symptom) => symptom.since,
    );
    expect(since).toEqual(['2023-11-14T22:11:40.000Z', null, null]);
  });
});

describe('what failed in a trace', () => {
  const order = `
  web: POST /order          server  0 +60 error
    web: POST /reserve      client  5 +50 error
      stock: POST /pick     server 10 +20 error="no dock"`;

  test('where it usually does not, and where nobody knows', () => {
    expect(names(order, { usual: { 'stock POST /pick': 20 } })).toEqual([
      'stock POST /pick errors',
      'web POST /order errors',
    ]);
    expect(sentences(order, { usual: { 'stock POST /pick': { ms: 20, calls: 200, errors: 4 } } })).toEqual([
      'stock "POST /pick" failed in this trace, usually in 2 % of its calls.',
      'web "POST /order" failed in this trace.',
    ]);
  });

  test('what fails as a rule is as ever', () => {
    expect(names(order, { usual: { 'stock POST /pick': { ms: 20, calls: 200, errors: 90 } } })).not.toContain(
      'stock POST /pick errors',
    );
  });

  test('of several attempts how many failed', () => {
    const retried = `
  web: GET /         server  0 +100
    web: call        client  5 +20 error
    web: call        client 30 +20 error
    web: call        client 60 +20`;
    expect(sentences(retried, { usual: { 'web call': 20 } })).toEqual([
      'web "call" failed in 2 of 3 calls of this trace, usually in none.',
    ]);
  });
});

test('at most twelve are told, the caller of all of them among these and last', () => {
  const many = `
  web: GET / server 0 +4000
${Array.from({ length: 30 }, (_, at) => `    web: step ${at} client ${10 + at * 110} +${80 + at}`).join('\n')}`;
  const steps = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`web step ${at}`, 2]));
  const found = names(many, { usual: { ...steps, 'web GET /': 90 } });
  expect(found).toHaveLength(12);
  expect(found.at(-1)).toBe('web GET / duration');
});

test('two statements show them all, and each stands on those that tell of it', () => {
  const context = drawnContext(checkout, { usual });
  const symptoms = symptomsOfTrace(context);
  const { queries, of } = symptomEvidence(symptoms, context);
  expect(queries.map(({ title }) => title)).toEqual([
    'Spans of this trace that fared worse than usual',
    'How these operations fared before',
  ]);
  for (const symptom of symptoms) {
    expect(of(symptom)[0]?.sql).toContain(symptom.spans[0]!.spanId);
    expect(of(symptom)[1]?.sql).toContain(symptom.operation);
  }
});
