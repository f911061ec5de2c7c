import { Effect, Schema } from 'effect';
import { ConfigInvalid } from '../domain/errors.ts';
import type { Cluster } from '../domain/cluster.ts';

/** `store.remote` in `obs.yaml`: how a ClickHouse server or cluster is used. Docs: docs/clickhouse.md. */
export const RemoteSection = Schema.Struct({
  cluster: Schema.optionalKey(Schema.String),
  quorum: Schema.optionalKey(
    Schema.Union([Schema.Literal('auto'), Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 64 }))]),
  ),
  cold: Schema.optionalKey(
    Schema.Struct({
      storagePolicy: Schema.String,
      afterDays: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 36_500 })),
    }),
  ),
  compression: Schema.optionalKey(Schema.Literals(['zstd', 'gzip', 'none'])),
  caFile: Schema.optionalKey(Schema.String),
  certFile: Schema.optionalKey(Schema.String),
  keyFile: Schema.optionalKey(Schema.String),
});
type RemoteSection = typeof RemoteSection.Type;

export interface RemoteSettings {
  readonly cluster: Cluster | null;
  readonly compression: 'zstd' | 'gzip' | 'none';
  /** PEM files: whom the servers' certificates must come from, and who we are. */
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

/** A cluster's name, and where it stands. */
export interface NamedCluster {
  readonly source: string;
  readonly name: string;
}

/** @param cluster the one that counts, of those that flag, environment and files name */
export const remoteSettings = Effect.fnUntraced(function* (
  section: RemoteSection,
  cluster: NamedCluster | undefined,
  clickhouse: string | null,
): Effect.fn.Return<RemoteSettings, ConfigInvalid> {
  if (cluster !== undefined && clickhouse === null) {
    return yield* new ConfigInvalid({
      source: cluster.source,
      problem: `the cluster ${cluster.name} needs a server to begin with: add --clickhouse https://user:password@host:8443/database, or store.clickhouse to obs.yaml`,
    });
  }
  if ((section.certFile === undefined) !== (section.keyFile === undefined) || (section.certFile && !section.caFile)) {
    return yield* new ConfigInvalid({
      source: 'store.remote',
      problem: 'certFile, keyFile and caFile belong together: our certificate, its key, and who signs the servers',
    });
  }
  const { cold, quorum = 'auto', compression = 'zstd' } = section;
  return {
    cluster: cluster === undefined ? null : { name: cluster.name, quorum, ...(cold === undefined ? {} : { cold }) },
    compression,
    caFile: section.caFile ?? null,
    certFile: section.certFile ?? null,
    keyFile: section.keyFile ?? null,
  };
});

export const noRemote: RemoteSettings = {
  cluster: null,
  compression: 'zstd',
  caFile: null,
  certFile: null,
  keyFile: null,
};
