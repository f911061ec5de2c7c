import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readQuestion, type TypedQuestion } from '../../../../src/engine/explain/ask/read-question.ts';
import type { Question } from '../../../../src/engine/explain/question.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';
import { idOf, missingText, soundAnswer } from './sound-answer.ts';

/** As far ahead as a receiver takes; what lies further is rejected there. */
const aheadMs = 20 * 3_600_000;
const minuteMs = 60_000;
const now = Math.floor(Date.now() / 10_000) * 10_000;
/** Eleven minutes up to the present by its own clock, which is 20 hours ahead. */
const start = now - 11 * minuteMs + aheadMs;
const slowFrom = 10 * minuteMs;

const shop = (bankMs: number): Span[] =>
  drawSpans(`
    web: POST /checkout        server  0 +${bankMs + 40}
      web: POST /charges       client 15 +${bankMs}  service.peer.name=bank
  `);

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  await store.insertSpans(
    Array.from({ length: 165 }, (_, step) =>
      at(shop(step * 4000 >= slowFrom ? 900 : 50 + (step % 7)), start + step * 4000, idOf(step + 1)),
    ).flat(),
  );
});
afterAll(() => store.close());

const nothing: TypedQuestion = { names: [], services: [], compare: false };
const read = (typed: Partial<TypedQuestion>): Promise<Question> => store.run(readQuestion({ ...nothing, ...typed }));
const flagsIn = (text: string): { readonly since: string; readonly until: string } => {
  const [, since = '', until = ''] = /--since (\S+) --until (\S+)/.exec(text) ?? [];
  return { since, until };
};

describe('spans of the future', () => {
  test('are no part of the last ten minutes, which is said with what to type', async () => {
    const answer = await soundAnswer(store, await read({ since: '10m' }));
    expect(answer.verdict.sentence).toContain('Nothing was called');
    expect(missingText(answer)).toMatch(/Spans of the future are not part of that time: web \(330 spans up to 20/);
    const settle = answer.missing.find(({ text }) => text.startsWith('Spans of the future'))?.settle ?? '';
    const there = await soundAnswer(store, await read(flagsIn(settle)));
    expect(there.scope.spans).toBe(330);
  });

  test('a time that lies there is answered like any other', async () => {
    const range = { fromMs: start + slowFrom, toMs: start + slowFrom + minuteMs };
    const answer = await soundAnswer(store, { ask: 'range', range });
    expect(answer.verdict).toMatchObject({
      finding: 'slow-dependency',
      culprit: { service: 'web', dependency: 'bank' },
    });
    expect(missingText(answer)).not.toContain('Spans of the future');
  });

  test.each(['latest', 'slowest'] as const)('--%s does not find them, and says where they are', async (by) => {
    const error = await store.fails(readQuestion({ ...nothing, by }));
    expect(error).toMatchObject({
      _tag: 'BadInput',
      what: 'No trace to explain',
      why: expect.stringContaining('spans of the future came from web (330 spans up to'),
    });
    const found = await read({ by, ...flagsIn('hint' in error ? error.hint : '') });
    expect(found).toMatchObject({ ask: 'trace' });
  });

  test('a trace among them is compared with those before it, and not waited for', async () => {
    const began = Date.now();
    const answer = await soundAnswer(store, { ask: 'trace', traceId: idOf(160) });
    expect(answer.verdict).toMatchObject({
      finding: 'slow-dependency',
      culprit: { service: 'web', dependency: 'bank' },
    });
    expect(answer.trace?.usual?.calls).toBe(150);
    expect(missingText(answer)).toContain('The trace begins in the future');
    expect(Date.parse(answer.trace?.start ?? '')).toBeGreaterThan(began);
  });
});
