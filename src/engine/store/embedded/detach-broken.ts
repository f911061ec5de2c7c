import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { readRows } from '../read-rows.ts';
import { quoteName, quoteText } from '../sql-text.ts';
import { Store } from '../store.ts';
import { allTables } from '../table-signals.ts';

/** Errors (`src/Common/ErrorCodes.cpp`) that a read or a merge of damaged files ends with. */
const suspicious = [
  'ATTEMPT_TO_READ_AFTER_EOF',
  'BAD_SIZE_OF_FILE_IN_DATA_PART',
  'CANNOT_DECOMPRESS',
  'CANNOT_OPEN_FILE',
  'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
  'CANNOT_READ_ALL_DATA',
  'CHECKSUM_DOESNT_MATCH',
  'CORRUPTED_DATA',
  'EXPECTED_END_OF_FILE',
  'FILE_DOESNT_EXIST',
  'INCORRECT_FILE_NAME',
  'LOGICAL_ERROR',
  'NO_FILE_IN_DATA_PART',
  'POTENTIALLY_BROKEN_DATA_PART',
  'TOO_LARGE_SIZE_COMPRESSED',
  'UNEXPECTED_FILE_IN_DATA_PART',
  'UNKNOWN_CODEC',
];

/** A part that a check found broken, and that is out of its table now. */
export interface DetachedPart {
  readonly table: string;
  readonly part: string;
  readonly reason: string;
}

type Failure = QueryFailed | EngineUnavailable;

/** Looks for parts that reads or merges have stumbled over since the last look, and takes the broken ones out. */
export type BrokenPartSearch = Effect.Effect<readonly DetachedPart[], Failure, Store>;

/**
 * ClickHouse sees damaged files of a running table only when something reads them, fails then, and goes on failing. It
 * notes each error with the part it was reading, whether a query hit it or a merge, which nobody would hear of. Such a
 * part is checked as a whole, and detached only when the check says that it is broken: an error alone proves nothing.
 * @param takeFailures what statements failed with since the last call: some of them name the part where the note does not
 */
export function makeBrokenPartSearch(takeFailures: () => readonly string[]): BrokenPartSearch {
  const seen = new Map<string, number>();
  return Effect.gen(function* () {
    const errors = yield* readRows<{ name: string; times: number; message: string }>(
      `SELECT name, value AS times, last_error_message AS message FROM system.errors
WHERE name IN (${suspicious.map(quoteText).join(', ')})`,
    );
    const failures = takeFailures();
    const fresh = errors.filter(({ name, times }) => seen.get(name) !== times);
    const detached: DetachedPart[] = [];
    for (const { table, part } of yield* activePartsIn([...fresh.map(({ message }) => message), ...failures])) {
      const reason = yield* checkPart(table, part);
      if (reason === null) continue;
      const store = yield* Store;
      yield* store.command(`ALTER TABLE ${quoteName(table)} DETACH PART ${quoteText(part)}`);
      detached.push({ table, part, reason });
    }
    // Only now: a look that failed in between looks again.
    for (const { name, times } of fresh) seen.set(name, times);
    return detached;
  });
}

/**
 * However many parts a power cut or a failing disk broke, the rest of the table must open: by default ClickHouse refuses a
 * table with more than 100 of them, or 1 GiB. Costs one small query when it is done already.
 */
export const openWithBrokenParts: Effect.Effect<void, Failure, Store> = Effect.gen(function* () {
  const store = yield* Store;
  const strict = yield* readRows<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
AND name IN (${allTables.map(quoteText).join(', ')})
AND create_table_query NOT LIKE '%max_suspicious_broken_parts_bytes%'`,
  );
  for (const { name } of strict) {
    yield* store.command(
      `ALTER TABLE ${quoteName(name)} MODIFY SETTING max_suspicious_broken_parts = 1000000000, max_suspicious_broken_parts_bytes = 1000000000000000`,
    );
  }
});

/** The parts that the errors name and that are still in use. Names come from the engine's list, never from the text. */
const activePartsIn = Effect.fnUntraced(function* (messages: readonly string[]) {
  const paths = new Set(
    messages.flatMap((message) => [...message.matchAll(/\/([0-9A-Za-z]+_\d+_\d+_\d+(?:_\d+)?)\//g)]).map((m) => m[1]),
  );
  if (paths.size === 0) return [];
  const active = yield* readRows<{ table: string; part: string; path: string }>(
    'SELECT table, name AS part, path FROM system.parts WHERE active AND database = currentDatabase()',
  );
  return active.filter(({ part, path }) => paths.has(part) && messages.some((message) => message.includes(path)));
});

/** Reads the whole part and compares its checksums; what is wrong with it, or `null`. */
const checkPart = Effect.fnUntraced(function* (table: string, part: string) {
  const rows = yield* readRows<{ is_passed: number; message: string }>(
    `CHECK TABLE ${quoteName(table)} PART ${quoteText(part)} SETTINGS check_query_single_value_result = 0`,
  ).pipe(
    // Some damage ends the check itself.
    Effect.catchTag('QueryFailed', (error) =>
      suspicious.some((name) => error.message.includes(`(${name})`))
        ? Effect.succeed([{ is_passed: 0, message: error.message }])
        : Effect.fail(error),
    ),
  );
  const failed = rows.find(({ is_passed: passed }) => Number(passed) === 0);
  return failed === undefined ? null : failed.message;
});

/** A store that keeps what its statements failed with, for the search. */
export function keepFailures(store: Store['Service']): {
  readonly store: Store['Service'];
  readonly takeFailures: () => readonly string[];
} {
  const kept = new Set<string>();
  const run: Store['Service']['run'] = (statement) =>
    store.run(statement).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          const place = error._tag === 'QueryFailed' ? /from part (\/\S+\/) /.exec(error.message)?.[1] : undefined;
          if (place !== undefined && kept.size < keptFailures) kept.add(place);
        }),
      ),
    );
  const takeFailures = (): readonly string[] => {
    const taken = [...kept];
    kept.clear();
    return taken;
  };
  return { store: { ...store, run }, takeFailures };
}

const keptFailures = 100;
