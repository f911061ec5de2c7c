import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readQuestion, type TypedQuestion } from '../../../../src/engine/explain/ask/read-question.ts';
import { explainQuestion } from '../../../../src/engine/explain/explain-question.ts';
import type { Question } from '../../../../src/engine/explain/question.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';
import { anHour, missingText, soundAnswer } from './sound-answer.ts';

const w3c = '4bf92f3577b34da6a3ce929d0e0e4736';
const sibling = '4bf92f3577b34da6ffffffffffffffff';
const xray = '5759e988bd862e3fe1be46a994272793';
/** As Zipkin's and Jaeger's 64-bit ids are kept. */
const short = '0000000000000000a3ce929d0e0e4736';
/** Some tools leave out zeros that lead. */
const shorter = '00000000000000000123456789abcdef';

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
});
afterAll(() => store.close());

const start = anHour(8);
const insertTraces = (): Promise<void> => {
  const spans = drawSpans('web: GET / server 0 +20');
  return store.insertSpans([w3c, sibling, xray, short, shorter].flatMap((id) => at(spans, start, id)));
};

const typed = (name: string): TypedQuestion => ({ names: [name], services: [], compare: false });
const read = (name: string): Promise<Question> => store.run(readQuestion(typed(name)));
const refused = (name: string) => store.fails(readQuestion(typed(name)));

describe('an empty store', () => {
  test('says that it holds nothing', async () => {
    const answer = await soundAnswer(store, { ask: 'range', range: { fromMs: start, toMs: start + 60_000 } });
    expect(answer.verdict.sentence).toContain('Nothing was called');
    expect(missingText(answer)).toContain('No span was received in that time');
    expect(await refused(w3c)).toMatchObject({ _tag: 'TraceNotFound', storeFrom: null, storeTo: null, near: [] });
    expect(await store.fails(readQuestion({ names: [], services: [], compare: false, by: 'slowest' }))).toMatchObject({
      _tag: 'BadInput',
      what: 'No trace to explain',
    });
  });
});

describe('an id as people paste it', () => {
  beforeAll(insertTraces);

  test.each([
    ['whole', w3c, w3c],
    ['in capitals', w3c.toUpperCase(), w3c],
    ['with spaces around', ` ${w3c}\n`, w3c],
    ['in quotes, with a comma', `"${w3c}",`, w3c],
    ['with 0x', `0x${w3c}`, w3c],
    ['with the dashes of a UUID', '4bf92f35-77b3-4da6-a3ce-929d0e0e4736', w3c],
    ['its beginning', '4bf92f3577b34da6a', w3c],
    ['of W3C traceparent', `00-${w3c}-00f067aa0ba902b7-01`, w3c],
    ['of a B3 header', `${w3c}-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90`, w3c],
    ['of a B3 header with a 64-bit id', 'a3ce929d0e0e4736-e457b5a2e4d86bd1-1', short],
    ['of uber-trace-id', 'a3ce929d0e0e4736:e457b5a2e4d86bd1:0:1', short],
    ['of AWS X-Ray', '1-5759e988-bd862e3fe1be46a994272793', xray],
    ['of an X-Ray header', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1', xray],
    ['64-bit', 'a3ce929d0e0e4736', short],
    ['64-bit with its zeros', short, short],
    ['64-bit, a zero left out', '123456789abcdef', shorter],
  ])('%s', async (_, name, id) => {
    expect(await read(name)).toEqual({ ask: 'trace', traceId: id });
  });

  test('a side of a comparison, too', async () => {
    const asked = { names: [`00-${w3c}-00f067aa0ba902b7-01`, 'a3ce929d0e0e4736'], services: [], compare: true };
    expect(await store.run(readQuestion(asked))).toMatchObject({
      bad: { side: 'trace', traceId: w3c },
      good: { side: 'trace', traceId: short },
    });
  });
});

describe('an id that cannot be used', () => {
  test.each([
    ['too long', `${w3c}ab`, /is no trace id/, /32 hex digits, or the first few of them; these are 34/],
    ['far too long', 'ab'.repeat(5000), /^"(ab){40}…" is no trace id$/, /these are 10000/],
    ['not hex', '4bf92f3577b34da6a3ce929d0e0e473g', /is no trace id/, /32 hex digits, or the first few of them$/],
    ['empty', '', /^"" is no trace id/, /32 hex digits/],
    ['with what a terminal would obey', '\u001b[2Jabc', /^"·\[2Jabc" is no trace id$/, /32 hex digits/],
    ['a statement', "' OR 1 = 1 --", /is no trace id/, /32 hex digits/],
    ['the beginning of two', '4bf92f35', /^2 traces begin with 4bf92f35$/, new RegExp(`${w3c}|${sibling}`)],
  ])('%s', async (_, name, what, why) => {
    const error = await refused(name);
    expect(error).toMatchObject({
      _tag: 'BadInput',
      what: expect.stringMatching(what),
      why: expect.stringMatching(why),
    });
  });

  test.each([
    ['unknown', 'ffffffffffffffffffffffffffffffff', []],
    ['all zero', '0'.repeat(32), [shorter, short]],
    ['with a mistyped digit', '4bf92f3577b34da6a3ce929d0e0e4737', [w3c, sibling]],
    ['the lower half of a 128-bit id, as tools for 64 bits keep it', 'e1be46a994272793', [xray]],
  ])('%s', async (_, name, near) => {
    expect(await refused(name)).toMatchObject({ _tag: 'TraceNotFound', near });
  });

  test('whole, and asked for without a look at what it may mean', async () => {
    expect(await store.fails(explainQuestion({ ask: 'trace', traceId: 'no id' }))).toMatchObject({
      _tag: 'TraceNotFound',
    });
  });
});

describe('a store without history', () => {
  test('a trace is explained by itself, and what lacks is said', async () => {
    const answer = await soundAnswer(store, { ask: 'trace', traceId: w3c });
    // Whoever spends the time may be named, as a guess.
    expect(answer.verdict.confidence).toBeLessThan(0.5);
    expect(missingText(answer)).toContain('There is no history of these operations yet');
  });

  test('a time too', async () => {
    const answer = await soundAnswer(store, { ask: 'range', range: { fromMs: start, toMs: start + 60_000 } });
    expect(answer.verdict.culprit).toBeNull();
    expect(missingText(answer)).toContain('There is no history before that time');
  });
});
