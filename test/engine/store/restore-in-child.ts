/** `node restore-in-child.ts BACKUP HOME`: restores the backup into the data folder, until it is done or killed. */
import { Effect } from 'effect';
import { restoreStore } from '../../../src/engine/daemon/restore-store.ts';

const [, , backup = '', home = ''] = process.argv;
await Effect.runPromise(restoreStore(backup, { OBS_HOME: home }));
