import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import type { ObsError } from '../domain/errors.ts';
import { telemetryTables, type TelemetryTableName, telemetryTableNames } from '../domain/schema/telemetry.ts';
import type { EncodedBlock } from '../otlp/encoder.ts';
import type { QueryClient } from '../store/query-client.ts';
import { quoteText } from '../store/sql-text.ts';
import { Store } from '../store/store.ts';
import { nativeBlock, parseNativeBlock, structureOf } from './candidates.ts';
import { identityOf } from './row-identity.ts';
import { writeStoredIdentities } from './stored-identities.ts';

/** Positions of rows follow the order in the file only where one thread reads it. */
const inOrder = { max_threads: 1, optimize_move_to_prewhere: 0 } as const;
/** No limit on an answer: these are of this process's own scratch engine. */

export interface Comparison {
  readonly candidates: number;
  /** What the store lacks, in blocks. */
  readonly missing: readonly EncodedBlock[];
}

/** What this replay has compared already: equal rows of later batches are further copies, not the same ones. */
export const prepareScratch = Effect.gen(function* () {
  const scratch = yield* Store;
  for (const table of telemetryTableNames) {
    yield* scratch.command(
      `CREATE TABLE IF NOT EXISTS seen_${table} (id FixedString(16), n UInt64) ENGINE = SummingMergeTree ORDER BY id`,
    );
  }
});

/**
 * Which of a batch's rows the store lacks. Equal rows are counted: with `s` of them in the store, `e` in earlier batches
 * of this replay and `c` in this one, those are missing by which `e + c` exceeds `s`, `c` at most.
 * @param folder for files of this comparison; nothing is left in it
 */
export const compareWithStore = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  blocks: readonly EncodedBlock[],
  folder: string,
): Effect.fn.Return<Comparison, ObsError, Store | QueryClient> {
  const scratch = yield* Store;
  const candidates = blocks.reduce((sum, { rows }) => sum + rows, 0);
  const path = join(folder, 'candidates.native');
  const storedPath = join(folder, 'stored.native');
  writeFileSync(path, Buffer.concat(blocks.map(nativeBlock)));
  writeFileSync(storedPath, '');
  const source = fileSource(path, table);
  const minutes = yield* rows<{ minute: number }>(
    `SELECT DISTINCT toUnixTimestamp(toStartOfMinute(${telemetryTables[table].timeColumn})) AS minute FROM ${source} ORDER BY minute`,
  );
  yield* writeStoredIdentities(
    table,
    minutes.map(({ minute }) => minute),
    storedPath,
  );

  yield* scratch.command('DROP TABLE IF EXISTS ids');
  yield* scratch.command('DROP TABLE IF EXISTS keep');
  yield* scratch.command('CREATE TABLE ids (position UInt64, id FixedString(16)) ENGINE = Memory');
  yield* scratch.run({
    sql: `INSERT INTO ids SELECT rowNumberInAllBlocks() AS position, ${identityOf(table)} AS id FROM ${source}`,
    format: 'Null',
    settings: inOrder,
  });
  const stored = `file(${quoteText(storedPath)}, Native, 'id FixedString(16), n UInt64')`;
  const count = (from: string): string =>
    `(SELECT id, sum(n) AS n FROM ${from} WHERE id IN (SELECT id FROM ids) GROUP BY id)`;
  yield* scratch.command(`CREATE TABLE keep (position UInt64) ENGINE = Memory`);
  yield* scratch.run({
    sql: `INSERT INTO keep SELECT position FROM
      (SELECT position, id, row_number() OVER (PARTITION BY id ORDER BY position) AS nth FROM ids) AS c
      LEFT JOIN ${count(stored)} AS s ON s.id = c.id
      LEFT JOIN ${count(`seen_${table}`)} AS e ON e.id = c.id
      WHERE nth + e.n > s.n`,
    format: 'Null',
    settings: { join_use_nulls: 0 },
  });
  const missing = yield* pickMissing(table, blocks, candidates, folder);
  yield* scratch.command(`INSERT INTO seen_${table} SELECT id, count() FROM ids GROUP BY id`);
  rmSync(path);
  rmSync(storedPath);
  return { candidates, missing };
});

/** The kept rows, block by block: a filtered block is still one block, which the spool's frames need. */
const pickMissing = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  blocks: readonly EncodedBlock[],
  candidates: number,
  folder: string,
): Effect.fn.Return<readonly EncodedBlock[], ObsError, Store> {
  const scratch = yield* Store;
  const [kept] = yield* rows<{ n: string }>('SELECT count() AS n FROM keep');
  const wanted = Number(kept?.n ?? 0);
  if (wanted === 0) return [];
  if (wanted === candidates) return blocks;
  const columns = telemetryTables[table].columns.map(({ name }) => `\`${name}\``).join(', ');
  const path = join(folder, 'block.native');
  const missing: EncodedBlock[] = [];
  let first = 0;
  for (const block of blocks) {
    writeFileSync(path, nativeBlock(block));
    const { body } = yield* scratch.run({
      sql: `SELECT ${columns} FROM (SELECT *, rowNumberInAllBlocks() + ${first} AS position FROM ${fileSource(path, table)}) WHERE position IN (SELECT position FROM keep)`,
      format: 'Native',
      settings: inOrder,
    });
    const left = parseNativeBlock(table, body);
    if (left !== null) missing.push(block.days === undefined ? left : { ...left, days: block.days });
    first += block.rows;
  }
  rmSync(path);
  const found = missing.reduce((sum, { rows: some }) => sum + some, 0);
  if (found !== wanted) return yield* Effect.die(new Error(`replay: ${found} rows picked, ${wanted} wanted`));
  return missing;
});

const rows = <Row>(sql: string) =>
  Effect.gen(function* () {
    const scratch = yield* Store;
    const { body } = yield* scratch.run({ sql, format: 'JSONEachRow' });
    const lines = Buffer.from(body).toString('utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
  });

function fileSource(path: string, table: TelemetryTableName): string {
  return `file(${quoteText(path)}, Native, ${quoteText(structureOf(table))})`;
}
