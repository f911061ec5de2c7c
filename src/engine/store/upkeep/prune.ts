import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { DroppedPartition, PruneRule } from '../../domain/storage-task.ts';
import type { Signal } from '../../domain/signals.ts';
import type { Store } from '../store.ts';
import { signalOfTable } from '../table-signals.ts';
import { dailyPartitions, dropPartitions, oldestBeyond } from './partitions.ts';

/**
 * Lets go of whole days by a rule, or says what would go.
 * @param signals other signals neither go nor count: a size is what is left of these
 */
export const prune = Effect.fnUntraced(function* (
  rule: PruneRule,
  signals: readonly Signal[],
  dryRun: boolean,
): Effect.fn.Return<readonly DroppedPartition[], QueryFailed | EngineUnavailable, Store> {
  const partitions = (yield* dailyPartitions).filter(({ table }) => signals.includes(signalOfTable(table)));
  const doomed =
    'before' in rule ? partitions.filter(({ day }) => day < rule.before) : oldestBeyond(partitions, rule.toBytes);
  return dryRun
    ? doomed.map(({ table, day, rows, bytes }) => ({ table, day, rows, bytes }))
    : yield* dropPartitions(doomed);
});
