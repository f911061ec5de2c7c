import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipedNames } from '../../../src/engine/explain/ask/piped-names.ts';
import { readQuestion, type TypedQuestion } from '../../../src/engine/explain/ask/read-question.ts';
import { allEvidence } from '../../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../../src/engine/explain/evidence/check.ts';
import { findTrouble } from '../../../src/engine/explain/ask/found.ts';
import { explainQuestion } from '../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import type { Question } from '../../../src/engine/explain/question.ts';
import { failsOn } from '../../../src/engine/explain/severity.ts';
import type { Span } from '../../../src/engine/explain/span.ts';
import { drawSpans } from '../../support/trace-dsl.ts';
import { at, openExplainStore } from './real-store.ts';

/** A shop whose checkout pays at a bank that sends no spans; `bankMs` says how long the bank takes. */
const checkout = (bankMs: number, version: string): Span[] =>
  drawSpans(`
    web: POST /checkout              server  0 +${bankMs + 40}
      web: POST /payments            client  5 +${bankMs + 30}  service.peer.name=payment
        payment: POST /payments      server 10 +${bankMs + 20}  service.version=${version}
          payment: POST /charges     client 15 +${bankMs}       service.peer.name=bank
  `);

const list = drawSpans(`
    web: GET /products               server  0 +30
      web: GET /stock                client  5 +20  service.peer.name=inventory
        inventory: GET /stock        server  8 +15
  `);

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A full hour of the last half day: what is older than the retention would vanish on insert. */
const start = Math.floor(Date.now() / hourMs) * hourMs - 8 * hourMs;
const trouble = { fromMs: start + 20 * minuteMs, toMs: start + 22 * minuteMs };
const calm = { fromMs: start + 10 * minuteMs, toMs: start + 12 * minuteMs };
const id = (n: number): string => n.toString(16).padStart(4, '0').repeat(8);

let store: Awaited<ReturnType<typeof openExplainStore>>;

beforeAll(async () => {
  store = await openExplainStore();
  // Twenty-two minutes, a checkout and a list every 3 s. In the last two the bank is slow, after version 2 was deployed.
  const steps = Array.from({ length: 440 }, (_, n) => ({ n, atMs: start + n * 3000 }));
  const spans = steps.flatMap(({ n, atMs }) => {
    const isBad = atMs >= trouble.fromMs;
    const bankMs = isBad ? 900 + 10 * (n % 9) : 50 + (n % 7);
    return [
      ...at(checkout(bankMs, atMs >= trouble.fromMs - 30_000 ? '2.0' : '1.0'), atMs, id(n + 1)),
      ...at(list, atMs + 500, id(n + 1000)),
    ];
  });
  await store.insertSpans(spans);
});
afterAll(() => store.close());

const ask = (question: Question): Promise<Explanation> => store.run(explainQuestion(question));

async function expectEvidenceToHold(explanation: Explanation): Promise<void> {
  const evidence = allEvidence(explanation);
  expect(evidence.length).toBeGreaterThan(0);
  const checked = await store.run(Effect.forEach(evidence, (one) => recheck(one.evidence)));
  expect(checked.filter((one) => !('holds' in one) || !one.holds)).toEqual([]);
}

describe('a time in which the bank is slow', () => {
  let answer: Explanation;
  beforeAll(async () => {
    answer = await ask({ ask: 'range', range: trouble });
  });

  test('names the service that waits for it, and the shape', () => {
    expect(answer.verdict.culprit?.service).toBe('payment');
    // Slow since its new version: the better answer of the two that fit.
    expect(answer.verdict.finding).toBe('bad-deploy');
    expect(answer.suspects[0]?.service).toBe('payment');
    expect(answer.suspects.map(({ service }) => service)).not.toContain('inventory');
  });

  test('says since when, and how it spread from payment to web', () => {
    const onset = Date.parse(answer.scope.onset?.at ?? '');
    expect(Math.abs(onset - trouble.fromMs)).toBeLessThanOrEqual(10_000);
    const order = answer.symptoms.map(({ service }) => service);
    expect(order.indexOf('payment')).toBeLessThan(order.indexOf('web'));
    expect(answer.symptoms.some(({ operation }) => operation === 'GET /products')).toBe(false);
  });

  test('each symptom has the figures of its rows', async () => {
    const cut = await ask({ ask: 'range', range: { fromMs: start, toMs: trouble.toMs } });
    for (const { usual, present, calls, evidence } of [...answer.symptoms, ...cut.symptoms]) {
      const row = (time: string) => evidence[0]!.rows.find((each) => each['time'] === time);
      expect(Number(row('usually')?.['mean_ms'])).toBeCloseTo(usual!, 1);
      expect(Number(row('now')?.['mean_ms'])).toBeCloseTo(present, 1);
      expect(Number(row('now')?.['calls'])).toBe(calls);
    }
    expect(cut.symptoms.length).toBeGreaterThan(0);
  });

  test('says what would have been without it', () => {
    expect(answer.without?.savedMs).toBeGreaterThan(700);
    expect(answer.without?.sentence).toContain('POST /checkout');
  });

  test('sets the deployment beside the onset', () => {
    expect(answer.changes[0]).toMatchObject({ service: 'payment', relation: 'before-onset', blamed: true });
    expect(answer.changes[0]?.sentence).toContain('2.0');
  });

  test('gives the same answer again, and all of its evidence still holds', async () => {
    expect(await ask({ ask: 'range', range: trouble })).toEqual(answer);
    await expectEvidenceToHold(answer);
  });

  test('fails a pipeline for slowness, and not for errors', () => {
    expect(failsOn(answer, 'warning')).toBe(true);
    expect(failsOn({ ...answer, verdict: { ...answer.verdict, severity: 'warning' }, findings: [] }, 'error')).toBe(
      false,
    );
  });

  test('asked of a service that has no part in it, nothing is wrong', async () => {
    const other = await ask({ ask: 'range', range: trouble, services: ['inventory'] });
    expect(other.verdict.culprit).toBeNull();
  });

  test('is found from the middle of it on, too', async () => {
    const late = await ask({ ask: 'range', range: { fromMs: trouble.fromMs + minuteMs, toMs: trouble.toMs } });
    expect(late.verdict.culprit?.service).toBe('payment');
  });
});

describe('when nothing is wrong', () => {
  test('the answer says so, and what was looked at', async () => {
    const answer = await ask({ ask: 'range', range: calm });
    expect(answer.verdict).toMatchObject({ culprit: null, finding: null, severity: null });
    expect(answer.verdict.sentence).toMatch(/^Nothing unusual in 2 min: \d+ calls/);
    expect(answer.suspects).toEqual([]);
    expect(failsOn(answer, 'info')).toBe(false);
  });

  test('a time without spans is said to have none', async () => {
    const before = await ask({ ask: 'range', range: { fromMs: start - hourMs, toMs: start - hourMs + minuteMs } });
    expect(before.verdict.sentence).toContain('Nothing was called');
    expect(before.missing[0]?.text).toContain('No span was received');
  });
});

describe('two sides', () => {
  test('two times: most of the difference is the call to the bank', async () => {
    const answer = await ask({
      ask: 'compare',
      bad: { side: 'time', range: trouble },
      good: { side: 'time', range: calm },
      within: trouble,
    });
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(answer.symptoms[0]).toMatchObject({ service: 'payment', operation: 'POST /charges' });
    await expectEvidenceToHold(answer);
  });

  test('two traces', async () => {
    const answer = await ask({
      ask: 'compare',
      bad: { side: 'trace', traceId: id(430) },
      good: { side: 'trace', traceId: id(10) },
      within: trouble,
    });
    expect(answer.verdict.culprit?.service).toBe('payment');
    expect(answer.missing.map(({ text }) => text).join(' ')).toContain('A single trace stands for a side');
  });

  test('several traces against others of their operation', async () => {
    const answer = await ask({ ask: 'traces', traceIds: [id(430), id(431), id(432)] });
    expect(answer.verdict.culprit?.service).toBe('payment');
    await expectEvidenceToHold(answer);
  });
});

describe('what was typed', () => {
  const nothing: TypedQuestion = { names: [], services: [], compare: false };
  const read = (typed: Partial<TypedQuestion>): Promise<Question> => store.run(readQuestion({ ...nothing, ...typed }));
  const refused = (typed: Partial<TypedQuestion>) => store.fails(readQuestion({ ...nothing, ...typed }));

  test('a time, a service, a trace, an incident', async () => {
    expect(await read({ since: '2026-01-31T12:00:00Z', until: '2026-01-31T12:10:00Z', services: ['web'] })).toEqual({
      ask: 'range',
      range: { fromMs: Date.UTC(2026, 0, 31, 12), toMs: Date.UTC(2026, 0, 31, 12, 10) },
      services: ['web'],
    });
    expect(await read({ names: [id(430)] })).toEqual({ ask: 'trace', traceId: id(430) });
    expect(await read({ incident: '1f3a' })).toEqual({ ask: 'incident', id: '1f3a' });
  });

  test('sides of a comparison', async () => {
    expect(await read({ compare: true, names: ['payment@2.0', 'payment@1.0'] })).toMatchObject({
      ask: 'compare',
      bad: { side: 'version', service: 'payment', version: '2.0' },
      good: { side: 'version', service: 'payment', version: '1.0' },
    });
    expect(await read({ compare: true, names: ['tenant=acme', 'tenant=umbrella'] })).toMatchObject({
      bad: { side: 'attribute', key: 'tenant', value: 'acme' },
    });
  });

  test.each([
    [{}, 'Nothing was named to explain'],
    [{ operation: 'GET /' }, 'Nothing was named to explain'],
    [{ names: ['ab12'], incident: '1f3a' }, 'Two things were asked at once'],
    [{ compare: true, names: ['ab12'] }, '--compare takes two sides'],
    [{ since: '10m', until: '20m' }, 'The time range is empty'],
    [{ since: '10m', usual: 'yesterday' }, 'Cannot read the time "yesterday" of --usual'],
    [{ since: 'soon' }, 'Cannot read the time "soon"'],
    [{ names: ['ab12'], until: '5m' }, '--until does not go with a trace'],
    [{ incident: '1f3a', services: ['web'] }, '--service does not go with --incident'],
  ])('%o is refused with what to try', async (typed, what) => {
    const error = await refused(typed);
    expect(error).toMatchObject({ _tag: 'BadInput', what });
  });

  test('a service that nothing was ever received of is misspelt: near ones are told', async () => {
    for (const asked of [{ services: ['web', 'paymnet'] }, { by: 'slowest', services: ['paymnet'] }] as const) {
      expect(await refused({ since: '10m', ...asked })).toMatchObject({
        _tag: 'BadInput',
        what: 'There is no service "paymnet"',
        hint: 'Near: "payment"',
      });
    }
  });

  test('so is an operation; one of another time is known', async () => {
    const at = { since: new Date(calm.fromMs).toISOString(), until: new Date(calm.toMs).toISOString() };
    expect(await refused({ ...at, operation: 'POST /chekout' })).toMatchObject({
      what: 'There is no operation "POST /chekout"',
      hint: 'Near: "POST /checkout"',
    });
    expect(await refused({ ...at, services: ['payment'], operation: 'POST /checkout' })).toMatchObject({
      what: 'There is no operation "POST /checkout" of payment',
    });
    expect(await read({ since: '1m', operation: 'POST /checkout' })).toMatchObject({ operation: 'POST /checkout' });
  });

  test('ids on standard input: wherever they stand, and shorter ones on lines of their own', async () => {
    const long = id(430);
    const piped = (text: string | null) => pipedNames(['-', 'ab12'], text);
    expect(await store.run(piped(`[{"traceId":"${long}","n":17}]\n 5b8efff798038103\n12\n${long}`))).toEqual([
      'ab12',
      long,
      '5b8efff798038103',
    ]);
    expect(await store.fails(piped(' \n'))).toMatchObject({ _tag: 'BadInput', why: 'standard input is empty' });
    expect(await store.fails(piped('nothing'))).toMatchObject({
      why: 'no trace id (32 hex digits) is in what it holds',
    });
    expect(await store.fails(piped(null))).toMatchObject({ why: 'standard input is this terminal' });
  });

  test.each(['incident', 'anomaly', 'deploy'] as const)('an unknown %s is told with what there is', async (kind) => {
    const error = await store.fails(explainQuestion({ ask: kind, id: 'ffff' }));
    expect(error).toMatchObject({ _tag: 'BadInput' });
  });
});

test('an incident that went into an older one is explained as that one', async () => {
  const row = (id: string, fromMinutes: number, anomalies: string, summary: string): string =>
    `('${id}', fromUnixTimestamp64Milli(${start + fromMinutes * minuteMs}), fromUnixTimestamp64Milli(${start + (fromMinutes + 5) * minuteMs}), ['shop'], ${anomalies}, '${summary}')`;
  await store.command(
    `INSERT INTO obs_incidents (Id, Start, End, Services, AnomalyIds, Summary) VALUES ${row('0ade0001', 0, "['x']", 'shop is slow')}, ${row('0ade0002', 30, '[]', 'went into 0ade0001, which it turned out to be part of')}`,
  );
  expect(await store.run(findTrouble('incident', '0ade0002'))).toMatchObject({ id: '0ade0001', startMs: start });
});

describe('a service that does something else, though nothing is slow and nothing failed', () => {
  const work = (n: number): Span[] =>
    drawSpans(`
    shop: POST /orders        server  0 +40  service.instance.id=shop-1
      stock: POST /reserve    server  5 +${20 + (n % 3)}  service.instance.id=stock-${1 + (n % 2)}
        stock: check rules    internal 6 +5  service.instance.id=stock-${1 + (n % 2)}
  `);
  const without = (n: number): Span[] => work(n).filter(({ operation }) => n % 2 === 1 || operation !== 'check rules');
  const began = start + 2 * hourMs;
  const changed = { fromMs: began + 10 * minuteMs, toMs: began + 11 * minuteMs };

  test('is named with its instance, what is missing, and how often', async () => {
    const steps = Array.from({ length: 660 }, (_, n) => ({ n, atMs: began + n * 1000 }));
    await store.insertSpans(
      steps.flatMap(({ n, atMs }) => at(atMs < changed.fromMs ? work(n) : without(n), atMs, id(20_000 + n))),
    );
    const answer = await ask({ ask: 'range', range: changed, services: ['shop', 'stock'] });
    expect(answer.symptoms.filter(({ what }) => what !== 'traffic')).toEqual([]);
    expect(answer.suspects[0]).toMatchObject({ service: 'stock', name: 'stock-1', kind: 'instance' });
    expect(answer.suspects[0]?.why[0]).toContain('check rules');
    await expectEvidenceToHold(answer);
  });
});

describe('a host that is slow', () => {
  const began = start + 6 * hourMs;
  const range = { fromMs: began + 3 * minuteMs, toMs: began + 5 * minuteMs };
  const order = (n: number, atMs: number): Span[] => {
    const slow = n % 2 === 0 && atMs >= range.fromMs ? 180 : 0;
    const host = n % 2 === 0 ? 'host-a' : 'host-b';
    return drawSpans(`
      shop: POST /orders        server 0 +${60 + 2 * slow}                host.name=host-c
        depot: POST /reserve    server 5 +${20 + (n % 3) + slow}          host.name=${host}
        till: POST /charge      server ${30 + slow} +${20 + (n % 4) + slow} host.name=${host}
    `);
  };

  test('is named when services that do not call each other suffer there, and nowhere else', async () => {
    const orders = Array.from({ length: 300 }, (_, n) => ({ n, atMs: began + n * 1000 }));
    await store.insertSpans(orders.flatMap(({ n, atMs }) => at(order(n, atMs), atMs, id(40_000 + n))));
    const answer = await ask({ ask: 'range', range, services: ['shop'] });
    expect(answer.suspects[0]).toMatchObject({ kind: 'host', name: 'host-a' });
    expect(answer.verdict.sentence).toContain('depot, till, which do not call each other, are slow on host-a alone');
    await expectEvidenceToHold(answer);
  });
});

describe('attribute values that separate two sides', () => {
  const began = start + 4 * hourMs;
  const request = (flag: string): Span[] =>
    drawSpans(
      `web: GET /basket server 0 +${flag === 'on' ? 90 : 30}  feature_flag.result.variant=${flag} tenant=t${flag}`,
    );

  test('of two values of one attribute: what else the requests of the first have', async () => {
    await store.insertSpans(
      Array.from({ length: 200 }, (_, n) =>
        at(request(n % 4 === 0 ? 'on' : 'off'), began + n * 200, id(30_000 + n)),
      ).flat(),
    );
    const answer = await ask({
      ask: 'compare',
      bad: { side: 'attribute', key: 'feature_flag.result.variant', value: 'on' },
      good: { side: 'attribute', key: 'feature_flag.result.variant', value: 'off' },
      within: { fromMs: began, toMs: began + minuteMs },
    });
    expect(answer.attributes[0]?.attributes).toMatchObject([{ key: 'tenant', value: 'ton' }]);
    await expectEvidenceToHold(answer);
  });
});
