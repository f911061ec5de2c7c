import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readQuestion } from '../../../../src/engine/explain/ask/read-question.ts';
import { explainQuestion } from '../../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import { noPaint } from '../../../../src/engine/explain/render/paint.ts';
import { render } from '../../../../src/engine/explain/render/render.ts';
import type { Question, Side } from '../../../../src/engine/explain/question.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { anHour, missingText, soundAnswer } from '../bad-input/sound-answer.ts';
import { at, openExplainStore } from '../real-store.ts';
import { about, hourMs, minuteMs } from './drawn-shop.ts';

/** A shop whose cart takes so long; with `stock` it asks what there is. */
const order = (cartMs: number, of: { tenant?: string; version?: string; stock?: boolean; failed?: boolean }): Span[] =>
  drawSpans(`
    web: POST /orders      server 0 +${cartMs + 20} ${of.tenant === undefined ? '' : `tenant=${of.tenant}`} ${of.failed === true ? 'error="refused"' : ''}
      cart: GET /cart      server 5 +${cartMs} ${of.version === undefined ? '' : `service.version=${of.version}`}
        ${of.stock === true ? 'stock: GET /stock    server 6 +20' : ''}
  `);

const tenantsMs = anHour(3);
const versionsMs = anHour(6);
const fewMs = anHour(9);
const within = (fromMs: number) => ({ fromMs, toMs: fromMs + hourMs });
const id = (n: number): string => n.toString(16).padStart(8, '0').repeat(4);

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  const many = Array.from({ length: 160 }, (_, n) => n);
  await store.insertSpans([
    // Two tenants, 26 ms and 27 ms with some noise.
    ...many.flatMap((n) => {
      const tenant = n % 2 === 0 ? 'a' : 'b';
      const cartMs = about(tenant === 'a' ? 23.6 : 24.6, n);
      return at(order(cartMs, { tenant }), tenantsMs + n * 5000, id(1000 + n));
    }),
    // A version that is slow.
    ...many.flatMap((n) => {
      const version = n % 2 === 0 ? '1' : '2';
      return at(order(about(version === '1' ? 10 : 130, n), { version }), versionsMs + n * 5000, id(2000 + n));
    }),
    ...[
      order(26, {}),
      order(30, {}),
      order(80, {}),
      order(26, { failed: true }),
      order(60, { stock: true }),
      order(40, { tenant: 'c' }),
      order(50, { tenant: 'c' }),
      order(46, { tenant: 'd' }),
      order(48, { tenant: 'd' }),
    ].flatMap((spans, n) => at(spans, fewMs + n * 5000, id(3000 + n))),
  ]);
});
afterAll(() => store.close());

const compare = (bad: Side, good: Side, fromMs: number): Promise<Explanation> =>
  soundAnswer(store, { ask: 'compare', bad, good, within: within(fromMs) });
const tenant = (value: string): Side => ({ side: 'attribute', key: 'tenant', value });
const version = (value: string): Side => ({ side: 'version', service: 'cart', version: value });
const trace = (n: number): Side => ({ side: 'trace', traceId: id(3000 + n) });

function expectNobody({ verdict, suspects, findings, without, changes }: Explanation): void {
  expect(verdict).toMatchObject({ culprit: null, finding: null, severity: null, confidence: 0 });
  expect([suspects, findings, without]).toEqual([[], [], null]);
  expect(changes.some(({ blamed }) => blamed)).toBe(false);
}

describe('a first side that is not worse', () => {
  test('but for noise: both fare alike, whichever comes first', async () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const answer = await compare(tenant(first), tenant(second), tenantsMs);
      expectNobody(answer);
      expect(answer.verdict.sentence).toMatch(
        new RegExp(
          `^Both fare alike: tenant=${first} took 4[67] ms on average .80 traces., tenant=${second} 4[67] ms on average`,
        ),
      );
    }
  });

  test('but better: that is said, nobody is blamed for it, and what to type is told', async () => {
    const answer = await compare(version('1'), version('2'), versionsMs);
    expectNobody(answer);
    expect(answer.verdict.sentence).toMatch(/^The first is faster: cart 1 took 3\d ms on average .*, cart 2 15\d ms/);
    expect(answer.symptoms[0]).toMatchObject({ service: 'cart' });
    expect(answer.missing.map(({ settle }) => settle)).toContain('Name the worse side first');
  });

  test('the other way round the slow version is found', async () => {
    const { verdict } = await compare(version('2'), version('1'), versionsMs);
    expect(verdict.culprit?.service).toBe('cart');
    expect(verdict.confidence).toBeGreaterThan(0.5);
  });

  test('two traces a side that overlap: too few to tell', async () => {
    const answer = await compare(tenant('d'), tenant('c'), fewMs);
    expectNobody(answer);
    expect(missingText(answer)).toContain('too few traces');
  });
});

describe('one trace beside another', () => {
  test('a few milliseconds are nothing', async () => {
    const answer = await compare(trace(1), trace(0), fewMs);
    expectNobody(answer);
    expect(answer.verdict.sentence).toBe(
      `Both fare alike: trace ${id(3001).slice(0, 8)} took 50 ms, trace ${id(3000).slice(0, 8)} 46 ms.`,
    );
  });

  test('twice as long is worse, and so is a failure; the other way round it is not', async () => {
    expect((await compare(trace(2), trace(0), fewMs)).verdict.culprit?.service).toBe('cart');
    expectNobody(await compare(trace(0), trace(2), fewMs));
    expect((await compare(trace(3), trace(0), fewMs)).verdict.culprit?.service).toBe('web');
    const fine = await compare(trace(0), trace(3), fewMs);
    expectNobody(fine);
    expect(fine.verdict.sentence).toMatch(/^The first fails less: /);
  });

  test('an operation that one of them does not call is told as such', async () => {
    const shown = (answer: Explanation): string => render(answer, 'text', { width: 120, paint: noPaint });
    const without = await compare(trace(2), trace(4), fewMs);
    expect(without.symptoms.map(({ sentence }) => sentence)).toContain(
      'stock "GET /stock" is not called; on the other side it is, once a trace, and spends 20 ms.',
    );
    expect(shown(without)).toMatch(/stock GET \/stock +mean +20 ms → not called$/m);
    const first = await compare(trace(4), trace(2), fewMs);
    expect(first.symptoms.map(({ sentence }) => sentence)).toContain(
      'stock "GET /stock" is called once a trace, and spends 20 ms; on the other side it is not called.',
    );
    expect(shown(first)).toMatch(/stock GET \/stock +mean +not called → 20 ms +0 of 1 failed$/m);
  });
});

describe('traces that somebody names', () => {
  const read = (names: readonly string[]): Promise<Question> =>
    store.run(readQuestion({ names, services: [], compare: false }));

  test('one trace named twice is that trace', async () => {
    const one = id(3000);
    expect(await read([one, one.toUpperCase(), one.slice(0, 24)])).toEqual({ ask: 'trace', traceId: one });
  });

  test('more than are read: the rest is told of, and is not held against the first', async () => {
    const ordersMs = anHour(1) + 10 * minuteMs;
    const slow = Array.from({ length: 300 }, (_, n) => id(5000 + n));
    await store.insertSpans([
      ...slow.flatMap((one, n) => at(order(about(500, n), { tenant: 'e' }), ordersMs + n * 1000, one)),
      ...slow.flatMap((_, n) => at(order(about(25, n), { tenant: 'f' }), ordersMs + n * 1000, id(6000 + n))),
    ]);
    const question = await read([...slow, slow[0]!]);
    expect(question).toEqual({ ask: 'traces', traceIds: slow.slice(0, 200), leftOut: slow.slice(200) });
    const answer = await soundAnswer(store, question);
    expect(missingText(answer)).toContain('300 traces were given; the first 200 stand for all.');
    // None of the slow ones is among the others.
    expect(answer.verdict.sentence).toMatch(/others of the same operations 4\d ms on average/);
    expect(answer.verdict.culprit?.service).toBe('cart');
    expect(answer.attributes[0]?.attributes[0]).toMatchObject({ key: 'tenant', value: 'e' });
    expect(answer.attributes[0]?.good).toBe(0);
  });

  test('of this moment are not compared with the future', async () => {
    const nowMs = Date.now();
    await store.insertSpans([0, 1, 2].flatMap((n) => at(order(26, {}), nowMs - 60_000 + n, id(7000 + n))));
    const answer = await store.run(explainQuestion({ ask: 'traces', traceIds: [id(7000), id(7001)] }));
    expect(Date.parse(answer.scope.usualTo ?? '')).toBeLessThanOrEqual(Date.now());
    expectNobody(answer);
  });
});
