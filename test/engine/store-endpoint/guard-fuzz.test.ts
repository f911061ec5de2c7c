import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guardStatement } from '../../../src/engine/store/guard/guard-statement.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { openRealStore, type RealStore } from './real-store.ts';

let store: RealStore;
const folder = mkdtempSync(join(tmpdir(), 'obs-fuzz-'));
const workingFolder = process.cwd();
const secret = 'hunter2 is the secret';
const yes = 'it-is-there';
const said = Buffer.from(yes).toString('hex');

beforeAll(async () => {
  writeFileSync(join(folder, 'leak'), `${secret}\n`);
  writeFileSync(join(folder, 'leak.tsv'), `${secret}\n`);
  // Names without a slash are files in the folder where the engine was started.
  process.chdir(folder);
  store = await openRealStore();
  process.chdir(workingFolder);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What the guard says, and what the engine then gives out. Anything else than these three would be a defect. */
function tryOut(sql: string): Promise<'refused' | 'failed' | string> {
  return store.run(
    Effect.gen(function* () {
      const guarded = yield* guardStatement(sql);
      const engine = yield* Store;
      const { body } = yield* engine.run({ sql: guarded.sql, format: 'TSVRaw', settings: { max_execution_time: 2 } });
      return `answered: ${Buffer.from(body).toString('latin1')}`;
    }).pipe(
      Effect.catchTag('QueryRefused', () => Effect.succeed('refused')),
      Effect.catchTag('QueryFailed', () => Effect.succeed('failed')),
    ),
  );
}

const path = join(folder, 'leak.tsv');
const name = fc.constantFrom(
  'leak',
  '`leak`',
  '"leak"',
  '`leak.tsv`',
  `\`${path}\``,
  'default.leak',
  'x',
  'otel_logs',
  'numbers(2)',
);
const call = fc.constantFrom(
  `file('${path}')`,
  `file('leak.tsv', LineAsString)`,
  `\`file\`('${path}')`,
  'numbers(2)',
  'view(SELECT 1)',
);

/** Statements that put a file's name wherever a table's may stand, among definitions of the same name. */
const { query } = fc.letrec<{ query: string; source: string; expression: string }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant('SELECT 1'),
    fc.tuple(tie('expression'), tie('source')).map(([what, from]) => `SELECT ${what} FROM ${from}`),
    fc
      .tuple(tie('query'), tie('query'))
      .map(([a, b]) => `WITH leak AS (${a}) ${b.startsWith('WITH') ? 'SELECT * FROM leak' : b}`),
    fc.tuple(tie('query'), tie('source')).map(([a, b]) => `WITH RECURSIVE x AS (${a}) SELECT * FROM ${b}`),
    fc.tuple(tie('query'), tie('query')).map(([a, b]) => `${a} UNION ALL ${b}`),
    fc.tuple(tie('query'), tie('query')).map(([a, b]) => `(${a}) EXCEPT (${b})`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `SELECT * FROM ${a} JOIN ${b} ON 1`),
    tie('source').map((from) => `DESCRIBE TABLE ${from}`),
  ),
  source: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name,
    call,
    tie('query').map((inner) => `(${inner})`),
    tie('query').map((inner) => `(${inner}) AS leak`),
    fc.tuple(name, name).map(([a, b]) => `${a}, ${b}`),
  ),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('*', '1', '* APPLY toString', '* APPLY file', '* EXCEPT (a)', `['a'] AS leak`, '1 AS leak'),
    // Says in a word that the file holds the line, where the line itself is not given out.
    name.map((right) => `if(concat('hunter2', ' is the secret') IN ${right}, unhex('${said}'), '') AS v`),
    call.map((right) => `'a' IN ${right}`),
    call,
    tie('query').map((inner) => `(${inner})`),
    tie('query').map((inner) => `1 IN (${inner})`),
    tie('expression').map((inner) => `arrayMap(leak -> ${inner}, [1])`),
    tie('expression').map((inner) => `* APPLY (x -> ${inner})`),
    tie('expression').map((inner) => `* REPLACE (${inner} AS a)`),
  ),
}));

test('no statement that passes gives out a line of a file', async () => {
  const seen = { refused: 0, failed: 0, answered: 0 };
  await fc.assert(
    fc.asyncProperty(query, async (sql) => {
      const outcome = await tryOut(sql);
      expect(outcome).not.toContain(secret);
      expect(outcome).not.toContain(yes);
      seen[outcome === 'refused' || outcome === 'failed' ? outcome : 'answered'] += 1;
    }),
    { numRuns: 1500, seed: 20261123 },
  );
  // Else the statements would show nothing.
  expect(Math.min(seen.refused, seen.failed, seen.answered)).toBeGreaterThan(30);
});

test('no text makes the guard fall over', async () => {
  const piece = fc.constantFrom(
    'SELECT',
    'FROM',
    'WITH',
    'AS',
    '(',
    ')',
    '{',
    '}',
    "'",
    '`',
    '"',
    '--',
    '/*',
    '*/',
    '$$',
    '\\',
    ';',
    ',',
    '.',
    '\n',
    '1',
    'x',
    '{x:Identifier}',
    'SETTINGS',
    'FORMAT',
    '=',
    'APPLY',
    'IN',
    'EXPLAIN',
    'SHOW',
    'ü',
    '\u0000',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(' ')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (sql) => {
      expect(await tryOut(sql)).toMatch(/^(?:refused|failed|answered)/);
    }),
    { numRuns: 1000, seed: 20261123 },
  );
});
