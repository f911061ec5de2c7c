import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import type { BackupReport } from '../../domain/storage-task.ts';
import { readRows } from '../read-rows.ts';
import { quoteText } from '../sql-text.ts';
import { Store } from '../store.ts';

/**
 * Copies the embedded store into a folder of its own under `folder`, while it runs: readers go on, and inserts wait, so
 * that tables and rollups are of the same moment. What waits in the spool meanwhile is not in the backup.
 *
 * @param folder where the engine may write backups: the one it was opened with
 */
export const backup = Effect.fnUntraced(function* (
  folder: string,
  name: string,
): Effect.fn.Return<BackupReport, QueryFailed | EngineUnavailable | BadInput, Store> {
  const store = yield* Store;
  if (store.kind === 'remote') return yield* notOurs;
  const path = join(folder, name);
  if (!/^[\w.-]+$/.test(name) || name.startsWith('.') || existsSync(path)) {
    return yield* new BadInput({
      what: `The backup cannot be called "${name}"`,
      why: existsSync(path) ? `${path} is there already` : 'a name is letters, digits, dots, dashes and underscores',
      hint: 'Leave --name away: it is the time then',
    });
  }
  const started = yield* Effect.clockWith((clock) => clock.currentTimeMillis);
  const id = randomUUID();
  yield* store.command(`BACKUP DATABASE default TO File(${quoteText(path)}) SETTINGS id = '${id}'`, {
    insertsWait: true,
  });
  const [row] = yield* readRows<{ bytes: number; files: number }>(
    `SELECT total_size AS bytes, num_files AS files FROM system.backups
WHERE status = 'BACKUP_CREATED' AND id = '${id}'`,
  );
  const ended = yield* Effect.clockWith((clock) => clock.currentTimeMillis);
  return { path, bytes: row?.bytes ?? 0, files: row?.files ?? 0, elapsedMs: ended - started };
});

const notOurs = new BadInput({
  what: 'This is the work of the ClickHouse server',
  why: 'obs copies the embedded store alone; a server or cluster has BACKUP, replicas and an administrator of its own',
  hint: 'See BACKUP in the documentation of ClickHouse',
});
