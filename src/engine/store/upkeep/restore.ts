import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { cleanMessage } from '../query-error.ts';
import { readRows } from '../read-rows.ts';
import { quoteText } from '../sql-text.ts';
import { Store } from '../store.ts';

/** The list of a backup's files; ClickHouse writes it last. */
const listName = '.backup';
const listEnd = '</config>';

/** Whether the folder is a backup whose making came to its end; nothing is opened or made for it. */
export const checkBackup = (path: string): Effect.Effect<void, BadInput> =>
  Effect.suspend(() => {
    const why = whyNoBackup(path);
    return why === null
      ? Effect.void
      : Effect.fail(
          new BadInput({
            what: `${path} cannot be restored`,
            why,
            hint: 'Name a folder that `obs storage backup` made',
          }),
        );
  });

function whyNoBackup(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return 'it is a file, and a backup is a folder';
    const list = readFileSync(join(path, listName), 'utf8');
    return list.trimEnd().endsWith(listEnd) ? null : damagedList;
  } catch (error) {
    const { code, path: missing } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return `it cannot be read (${code ?? String(error)})`;
    return missing === path
      ? 'there is no such folder'
      : `it is no backup, or one that was not finished: each has a file ${listName}`;
  }
}

const damagedList = `its list of files, ${listName}, is cut short or damaged`;

/**
 * Puts a backup into the store, which must be new, and reads back all of it: every file of every part is held against
 * its checksum, since ClickHouse copies the files of a backup as they are.
 */
export const restore = Effect.fnUntraced(function* (
  path: string,
): Effect.fn.Return<void, QueryFailed | EngineUnavailable | BadInput, Store> {
  const store = yield* Store;
  const damaged = (why: string): BadInput =>
    new BadInput({
      what: `The backup ${path} cannot be restored`,
      why,
      hint: 'Nothing was changed. Copy the backup from its source again, or take an older one',
    });
  yield* store
    .command(`RESTORE DATABASE default FROM File(${quoteText(path)})`)
    .pipe(
      Effect.catchTag('QueryFailed', ({ message }) =>
        Effect.fail(
          damaged(message.includes('SAXParseException') ? damagedList : `it is damaged: ${firstLine(message)}`),
        ),
      ),
    );
  const tables = yield* readRows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name",
  );
  if (tables.length === 0) return yield* Effect.fail(damaged('it holds no tables'));
  for (const { name } of tables) {
    const parts = yield* readRows<{ part_path: string; is_passed: number; message: string }>(
      `CHECK TABLE ${name} SETTINGS check_query_single_value_result = 0`,
    );
    const broken = parts.filter(({ is_passed }) => is_passed !== 1);
    if (broken.length > 0) {
      const first = firstLine(broken[0]?.message ?? '');
      return yield* Effect.fail(
        damaged(`${broken.length} of ${parts.length} parts of ${name} are not as they were written: ${first}`),
      );
    }
  }
});

function firstLine(message: string): string {
  return (cleanMessage(message).split('\n', 1)[0] ?? '').slice(0, 300);
}
