import type { Layer } from 'effect';
import type { ObsError } from '../domain/errors.ts';
import { embeddedStore } from '../store/embedded-store.ts';
import type { Store } from '../store/store.ts';
import type { EngineSettings } from './engine-protocol.ts';
import { remoteLayer } from './remote-layer.ts';

/** The embedded engine's store, or the servers' that the configuration names, whether they answer or not. */
export function storeLayer(
  {
    clickhouse,
    remote,
    storePath,
    backupsPath,
  }: Pick<EngineSettings, 'clickhouse' | 'remote' | 'storePath' | 'backupsPath'>,
  onStuck?: (sql: string) => void,
): Layer.Layer<Store, ObsError> {
  return clickhouse === null
    ? embeddedStore({ path: storePath, backups: backupsPath, ...(onStuck && { onStuck }) })
    : remoteLayer(clickhouse, remote, { mayBeAway: true });
}
