import { Clock, Effect } from 'effect';
import type { AnalyzeResult, AnalyzeTask } from '../../domain/analyze-task.ts';
import type { ObsError } from '../../domain/errors.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { addChange } from '../changes/add-change.ts';
import { noteIncident } from '../incidents/note-incident.ts';
import { doModelTask } from '../models/registry.ts';
import type { Trainer } from '../models/trainer.ts';

/** Does what commands ask for, where the analyzer's tables can be written. */
export const doAnalyzeTask = Effect.fnUntraced(function* (
  task: AnalyzeTask,
): Effect.fn.Return<AnalyzeResult, ObsError, QueryClient | OwnTables | Trainer> {
  const nowMs = yield* Clock.currentTimeMillis;
  switch (task.kind) {
    case 'note':
      return yield* noteIncident(task.incident, task.note, nowMs);
    case 'change':
      return yield* addChange(task.change);
    default:
      return yield* doModelTask(task, nowMs);
  }
});
