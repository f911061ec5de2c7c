import { Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import type { StorageResult, StorageTask } from '../domain/storage-task.ts';
import type { Store } from '../store/store.ts';
import { backup } from '../store/upkeep/backup.ts';
import { prune } from '../store/upkeep/prune.ts';

/** Does what `obs storage` asks for, where the store is open. */
export const doStorageTask = Effect.fnUntraced(function* (
  task: StorageTask,
  backups: string,
): Effect.fn.Return<StorageResult, QueryFailed | EngineUnavailable | BadInput, Store> {
  if (task.kind === 'backup') return { kind: 'backup', backup: yield* backup(backups, task.name) };
  return { kind: 'prune', dropped: yield* prune(task.rule, task.signals, task.dryRun) };
});
