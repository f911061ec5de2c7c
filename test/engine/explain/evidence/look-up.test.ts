import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import { allEvidence } from '../../../../src/engine/explain/evidence/all-evidence.ts';
import { lookUp } from '../../../../src/engine/explain/evidence/look-up.ts';
import { checkJson, renderCheck, renderChecks } from '../../../../src/engine/explain/evidence/render-check.ts';
import { readAnswer, type SavedAnswer } from '../../../../src/engine/explain/evidence/saved-answer.ts';
import { noPaint } from '../../../../src/engine/explain/render/paint.ts';
import { incident, nothingUnusual, slowTrace, withTexts } from '../sample-explanation.ts';

const saved = (make: () => object, keptAtMs: number | null = null): SavedAnswer =>
  readAnswer(JSON.stringify(make()), keptAtMs)!;
const [newest, older] = [saved(incident, 2000), saved(slowTrace, 1000)];
const firstId = newest.evidence[0]!.evidence.id;

const found = (ids: readonly string[], answers = [newest, older], from: string | null = null) =>
  Effect.runPromise(lookUp(answers, { ids, from }));
const refused = (ids: readonly string[], answers: readonly SavedAnswer[], from: string | null = null) =>
  Effect.runPromise(Effect.flip(lookUp(answers, { ids, from })));

describe('evidence is found', () => {
  test('by its id, by the beginning of one in any case, and each once', async () => {
    const one = [{ ...newest.evidence[0], answer: newest }];
    expect(await found([firstId])).toEqual(one);
    expect(await found([firstId.slice(0, 5).toUpperCase(), firstId])).toEqual(one);
  });

  test('in older answers too, and in the newest where both have it', async () => {
    const old = older.evidence.find(
      ({ evidence }) => !newest.evidence.some((other) => other.evidence.id === evidence.id),
    )!;
    expect((await found([old.evidence.id]))[0]?.answer).toBe(older);
    const again = saved(incident, 3000);
    expect((await found([firstId], [again, newest]))[0]?.answer).toBe(again);
  });

  test('without an id: all of the newest answer', async () => {
    expect((await found([])).map(({ evidence }) => evidence)).toEqual(
      allEvidence(incident()).map(({ evidence }) => evidence),
    );
    expect(await found([], [saved(nothingUnusual), newest])).toEqual([]);
  });
});

describe('what is not found is said', () => {
  test('with near ids, or the newest', async () => {
    const wrong = `${firstId.slice(0, -1)}${firstId.endsWith('0') ? '1' : '0'}`;
    expect((await refused([firstId, wrong], [newest])).hint).toContain(`Near: ${firstId}`);
    expect((await refused(['zzzz'], [newest])).hint).toContain(`The newest: ${firstId}, `);
    expect((await refused(['zzzz'], [saved(nothingUnusual)])).hint).toContain('obs explain');
  });

  test('when there is no answer at all, or the file holds none', async () => {
    expect((await refused([], [])).hint).toContain('--from');
    expect((await refused([], [], 'x.json')).what).toContain('x.json');
  });
});

describe('a check for people', () => {
  const page = { width: 70, paint: noPaint };

  test('that holds', async () => {
    const [each] = await found([firstId]);
    expect(renderCheck(each!, { id: firstId, holds: true, rows: 4 }, page)).toMatchInlineSnapshot(`
      "5b2dc4c0fd  Connections of the pool
      for  payment waits for a connection of its pool: in 6 of 6 traces that
           were looked into
      in   1970-01-01 00:00:02 UTC: gateway "POST /checkout" takes 2.21 s
           instead of 212 ms since 10:04:30. Why: payment waits for a
           connection of its pool. Between the start of "POST /charges" and
           its statement 1.78 s pass in no span; the statement itself takes
           4 ms.

        SELECT time, metric, attributes, value
        FROM obs_red_10s -- Connections of the pool
        WHERE Time >= toDateTime('2026-03-14 10:00:00', 'UTC')
        ORDER BY 1 LIMIT 50

      Holds: 4 rows, the same as then.
      "
    `);
  });

  test('that differs shows the rows of both sides, with every column', async () => {
    const [each] = await found([firstId]);
    const differences = {
      rowsBefore: 4,
      rowsNow: 9,
      onlyBefore: { count: 1, first: [{ service: 'cart', calls: 4 }] },
      onlyNow: { count: 6, first: [{ service: 'cart', calls: 5 }] },
    };
    const text = renderCheck(each!, { id: firstId, holds: false, differences }, page);
    expect(text.slice(text.indexOf('Differs'))).toMatchInlineSnapshot(`
      "Differs: 4 rows then, 9 now.
      Only then (1 row):
        service  calls
        cart         4
      Only now (6 rows):
        service  calls
        cart         5
        … and 5 more rows
      "
    `);
  });

  test('that is gone, of a hostile answer, stays within its lines and its colours', async () => {
    const answer = saved(() => withTexts());
    for (const { evidence, of } of answer.evidence) {
      const text = renderCheck({ evidence, of, answer }, { id: evidence.id, gone: 'why\u001b[2J' }, page);
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text).toContain('Gone: why·[2J.');
      const unchecked = renderCheck({ evidence, of, answer }, { id: evidence.id, unchecked: 'why\u0007' }, page);
      expect(unchecked).toContain('Could not be checked: why·.');
    }
  });

  test('of several takes a line, below the answer that they are of, with what does not hold', async () => {
    const checks = (await found([])).slice(0, 3).map((each, at) => ({
      each,
      check: [
        { id: each.evidence.id, holds: true as const, rows: 4 },
        { id: each.evidence.id, gone: 'its row is not in the store any more' },
        { id: each.evidence.id, unchecked: 'no engine answers' },
      ][at]!,
    }));
    expect(renderChecks(checks, page)).toMatchInlineSnapshot(`
      "1970-01-01 00:00:02 UTC: gateway "POST /checkout" takes 2.21 s instead
      of 212 ms since 10:04:30. Why: payment waits for a connection of its
      pool. Between the start of "POST /charges" and its statement 1.78 s
      pass in no span; the statement itself takes 4 ms.
      ✓ 5b2dc4c0fd  Connections of the pool (4 rows)
      ✗ 44c9e78a16  Spans that waited
                    Gone: its row is not in the store any more.
      ✗ 9b94dd33ac  CPU by instance
                    Could not be checked: no engine answers.

      1 of 3 pieces of evidence holds. Statement and rows of one: obs
      evidence ID
      "
    `);
  });

  test('as JSON has the statement, and whether it holds', async () => {
    const [each] = await found([firstId]);
    expect(checkJson(each!, { id: firstId, holds: true, rows: 4 })).toMatchObject({
      id: firstId,
      holds: true,
      result: 'holds',
      sql: each!.evidence.sql,
      answeredAt: '1970-01-01T00:00:02.000Z',
    });
  });
});
