import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { TestClock } from 'effect/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { allEvidence } from '../../../../src/engine/explain/evidence/all-evidence.ts';
import { keepAnswer, keptAnswers } from '../../../../src/engine/explain/evidence/keep.ts';
import { readAnswer } from '../../../../src/engine/explain/evidence/saved-answer.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import { emptyAnswer, evidence, incident, nothingUnusual, slowTrace } from '../sample-explanation.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'obs-answers-')), 'state', 'answers');
});
afterEach(() => rmSync(join(folder, '../..'), { recursive: true, force: true }));

/** Keeps one answer after another, a second apart. */
const keepAll = (answers: readonly Explanation[]): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      for (const answer of answers) {
        yield* keepAnswer(folder, answer);
        yield* TestClock.adjust(1000);
      }
    }).pipe(Effect.provide(TestClock.layer())),
  );

const named = (n: number): Explanation =>
  emptyAnswer({ verdict: { ...nothingUnusual().verdict, sentence: `answer ${n}` } });

describe('answers are kept', () => {
  test('for their owner alone, whole, and found again the newest first', async () => {
    await keepAll([slowTrace(), incident()]);
    const files = readdirSync(folder);
    expect(files).toHaveLength(2);
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const kept = await Effect.runPromise(keptAnswers(folder));
    expect(kept.map(({ keptAtMs }) => keptAtMs)).toEqual([1000, 0]);
    expect(kept[0]).toMatchObject({ sentence: incident().verdict.sentence, evidence: allEvidence(incident()) });
  });

  test('without their spans: a large trace must not push the others out', async () => {
    const [span] = slowTrace().spans;
    await keepAll([{ ...slowTrace(), spans: Array.from({ length: 50_000 }, () => span!) }]);
    expect(statSync(join(folder, readdirSync(folder)[0]!)).size).toBeLessThan(20_000);
  });

  /** Files of answers that were given before, the oldest first. */
  const former = (count: number, bytes: number): readonly string[] => {
    mkdirSync(folder, { recursive: true });
    return Array.from({ length: count }, (_, n) => {
      const name = `00000000${String(10_000 + n)}-0123456789.json`;
      writeFileSync(join(folder, name), JSON.stringify(named(n)));
      truncateSync(join(folder, name), bytes);
      return name;
    });
  };
  const keepLater = (answer: Explanation, days = 1): Promise<void> =>
    Effect.runPromise(
      Effect.andThen(TestClock.adjust(days * 86_400_000), keepAnswer(folder, answer)).pipe(
        Effect.provide(TestClock.layer()),
      ),
    );

  test('up to a number, the newest', async () => {
    const names = former(limits.explain.keptAnswers + 3, 10);
    await keepLater(named(1));
    const left = readdirSync(folder);
    expect(left).toHaveLength(limits.explain.keptAnswers);
    expect(names.filter((name) => !left.includes(name))).toEqual(names.slice(0, 4));
  });

  test('up to a size, and the newest whatever its size', async () => {
    const names = former(6, limits.explain.keptBytes / 4);
    await keepLater(named(1));
    expect(readdirSync(folder).sort().slice(0, -1)).toEqual(names.slice(3));
    const huge = evidence('large', [{ text: 'x'.repeat(limits.explain.keptBytes) }]);
    await keepLater({ ...named(2), without: { ...incident().without!, evidence: [huge] } }, 2);
    expect((await Effect.runPromise(keptAnswers(folder))).map(({ sentence }) => sentence)).toEqual(['answer 2']);
  });

  test('no failure to keep one fails who asked, and leaves nothing half written', async () => {
    writeFileSync(join(folder, '../..', 'state'), 'a file in the way');
    await keepAll([incident()]);
    expect(existsSync(folder)).toBe(false);
    expect(await Effect.runPromise(keptAnswers(folder))).toEqual([]);
  });

  test('what is broken or of somebody else is passed over, and half-written ones of a killed command go', async () => {
    await keepAll([named(1)]);
    const name = readdirSync(folder)[0]!;
    writeFileSync(join(folder, '0000000005000-0123456789.json'), '{"half');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, '0000000000000-0123456789.json.77'), '{"half');
    expect((await Effect.runPromise(keptAnswers(folder))).map(({ sentence }) => sentence)).toEqual(['answer 1']);
    await Effect.runPromise(keepAnswer(folder, named(2)));
    expect(readdirSync(folder)).toContain('notes.txt');
    expect(readdirSync(folder)).not.toContain('0000000000000-0123456789.json.77');
    expect(readdirSync(folder)).toContain(name);
  });
});

describe('a saved answer', () => {
  test('is read with the evidence that the answer has, in its order', () => {
    for (const make of [incident, slowTrace, nothingUnusual]) {
      expect(readAnswer(JSON.stringify(make()))?.evidence).toEqual(allEvidence(make()));
    }
  });

  test('of version 1 gets the ids of its statements', () => {
    const { id: _, ...old } = evidence('t', [{ a: 1 }]);
    const text = JSON.stringify({
      version: 1,
      verdict: { sentence: 's' },
      findings: [{ title: 'f', evidence: [old] }],
    });
    expect(readAnswer(text)?.evidence).toEqual([{ of: 'f', evidence: evidence('t', [{ a: 1 }]) }]);
  });

  test.each(['', 'null', '[]', '{}', '{"verdict":1}', '{"verdict":{}}', 'SELECT 1', '{"version":2,"verdict":null}'])(
    'is not read from %j',
    (text) => expect(readAnswer(text)).toBeNull(),
  );

  test('keeps what can be used of one that was edited', () => {
    const text = JSON.stringify({
      verdict: { sentence: 's' },
      suspects: [
        null,
        5,
        {
          name: 'n',
          evidence: [
            { sql: 5, rows: [] },
            { sql: 'SELECT 1', rows: 'no' },
            { sql: 'SELECT 2', rows: [{ a: 1 }, 7] },
          ],
        },
      ],
      symptoms: 'gone',
    });
    expect(readAnswer(text)?.evidence).toMatchObject([{ of: 'n', evidence: { sql: 'SELECT 2', rows: [{ a: 1 }] } }]);
  });

  test('a kept file can be given by its name too', async () => {
    await keepAll([incident()]);
    const text = readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8');
    expect(readAnswer(text)?.evidence).toEqual(allEvidence(incident()));
  });
});
