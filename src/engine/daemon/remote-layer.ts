import { readFileSync } from 'node:fs';
import { Effect, Layer } from 'effect';
import { clickHouseServer } from '../config/clickhouse-url.ts';
import type { RemoteSettings } from '../config/remote-settings.ts';
import { ConfigInvalid, type ObsError } from '../domain/errors.ts';
import { type RemoteStoreOptions, remoteStore } from '../store/remote-store.ts';
import type { Store } from '../store/store.ts';

/**
 * The store on the servers that the configuration names, with its certificates read.
 * @param options `mayBeAway`: it opens although no server answers
 */
export function remoteLayer(
  clickhouse: string,
  remote: RemoteSettings,
  options: Pick<RemoteStoreOptions, 'mayBeAway'> = {},
): Layer.Layer<Store, ObsError> {
  return Layer.unwrap(
    Effect.gen(function* () {
      const { cluster, compression } = remote;
      const tls = yield* tlsOf(remote);
      return remoteStore({ ...clickHouseServer(clickhouse), ...tls, cluster, compression, ...options });
    }),
  );
}

const tlsOf = Effect.fnUntraced(function* ({
  caFile,
  certFile,
  keyFile,
}: RemoteSettings): Effect.fn.Return<Pick<RemoteStoreOptions, 'tls'>, ConfigInvalid> {
  if (caFile === null) return {};
  const ca_cert = yield* readPem('store.remote.caFile', caFile);
  if (certFile === null || keyFile === null) return { tls: { ca_cert } };
  const cert = yield* readPem('store.remote.certFile', certFile);
  return { tls: { ca_cert, cert, key: yield* readPem('store.remote.keyFile', keyFile) } };
});

function readPem(source: string, path: string): Effect.Effect<Buffer, ConfigInvalid> {
  return Effect.try({
    try: () => readFileSync(path),
    catch: (error) => {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return new ConfigInvalid({ source, problem: `${path} cannot be read: ${code}` });
    },
  });
}
