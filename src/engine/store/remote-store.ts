import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Effect, Layer, type Scope } from 'effect';
import { EngineUnavailable } from '../domain/errors.ts';
import type { Cluster } from '../domain/cluster.ts';
import { clusterInsertSettings, clusterReadSettings } from './cluster/cluster.ts';
import { failover } from './remote/failover.ts';
import { type BodyCompression, reasonOf, sendStatement, type RemoteStatement } from './remote/send-statement.ts';
import { insertFromStream, insertSettings } from './segment-insert.ts';
import { Store } from './store.ts';

export interface RemoteStoreOptions {
  /** `http(s)://host:port` of ClickHouse servers that hold the same tables; the first that answers is used. */
  readonly urls: readonly [string, ...string[]];
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  /** PEM: whom the servers' certificates must come from, and who we are. */
  readonly tls?:
    | { readonly ca_cert: Buffer }
    | { readonly ca_cert: Buffer; readonly cert: Buffer; readonly key: Buffer };
  readonly compression?: BodyCompression;
  readonly cluster?: Cluster | null;
  /** Opens although none of them answers: statements fail until one does. Otherwise the layer fails, with the reason. */
  readonly mayBeAway?: boolean;
}

interface Server {
  readonly url: string;
  readonly client: ClickHouseClient;
}

/** Longer than any statement may run (`limits.query.maxTimeMs`): the server ends those itself, with a reason. */
const requestTimeoutMs = 600_000;

/**
 * One of the servers must wait for a segment until it is on its disk: with `async_insert`, which some services switch
 * on for everybody, it would answer, or deduplicate, before that.
 */
const synchronous = { async_insert: 0, wait_for_async_insert: 1 } as const;

/** ClickHouse servers over HTTP: one, several that hold the same, or the gateways of a cluster. */
export function remoteStore(options: RemoteStoreOptions): Layer.Layer<Store, EngineUnavailable> {
  return Layer.effect(
    Store,
    Effect.gen(function* () {
      const { compression = 'none', cluster = null } = options;
      const [first, ...others] = options.urls;
      const servers: [Server, ...Server[]] = [yield* connect(first, options)];
      for (const url of others) servers.push(yield* connect(url, options));
      const onFirstThatAnswers = failover(servers);
      const send = (statement: RemoteStatement): ReturnType<typeof sendStatement> =>
        onFirstThatAnswers(({ client, url }) => sendStatement(client, url, statement, compression));
      // With a query, not `/ping`: that answers without looking at user or database.
      if (options.mayBeAway !== true) yield* onFirstThatAnswers(checkAnswers);
      const ofReads = cluster === null ? {} : clusterReadSettings;
      const ofInserts = cluster === null ? synchronous : { ...synchronous, ...clusterInsertSettings(cluster) };
      return Store.of({
        kind: 'remote',
        cluster,
        run: (statement) => {
          // Parameters go into the URL as they are: they are already in the form that `param_<name>` takes there.
          const settings: Record<string, string | number> = {
            default_format: statement.format,
            cancel_http_readonly_queries_on_client_close: 1,
            ...ofReads,
            ...statement.settings,
          };
          for (const [name, value] of Object.entries(statement.parameters ?? {})) {
            settings[`param_${name}`] = String(value);
          }
          return send({ sql: statement.sql, settings });
        },
        command: (sql) => send({ sql, settings: {} }).pipe(Effect.asVoid),
        insertSegment: (segment) =>
          send({
            sql: insertFromStream(segment),
            settings: { ...insertSettings(segment.id), ...ofInserts },
            file: segment.path,
          }).pipe(Effect.asVoid),
      });
    }),
  );
}

function connect(url: string, options: RemoteStoreOptions): Effect.Effect<Server, EngineUnavailable, Scope.Scope> {
  const { username, password, database, tls } = options;
  return Effect.acquireRelease(
    Effect.try({
      try: () => ({
        url,
        client: createClient({
          url,
          request_timeout: requestTimeoutMs,
          // What it would write to the console, our errors say.
          log: { level: ClickHouseLogLevel.OFF },
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          ...(database === undefined ? {} : { database }),
          ...(tls === undefined ? {} : { tls }),
        }),
      }),
      catch: (error) => new EngineUnavailable({ endpoint: url, reason: reasonOf(error), remote: true }),
    }),
    ({ client }) => Effect.promise(() => client.close()),
  );
}

function checkAnswers({ client, url }: Server): Effect.Effect<void, EngineUnavailable> {
  return Effect.tryPromise({
    try: async () => {
      const answer = await client.ping({ select: true });
      if (!answer.success) throw answer.error;
    },
    catch: (error) => new EngineUnavailable({ endpoint: url, reason: reasonOf(error), remote: true }),
  });
}
