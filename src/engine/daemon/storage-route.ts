import { parseStorageTask, type StorageResult, type StorageTask } from '../domain/storage-task.ts';
import { type AskProcess, taskRoute } from './task-route.ts';

/** What `obs storage` has the engine do. */
export const storagePath = '/storage';

export type AskEngine = AskProcess<StorageTask, StorageResult>;

export const storageRoute = (ask: AskEngine): ReturnType<typeof taskRoute> =>
  taskRoute(parseStorageTask, ask, 'the engine');
