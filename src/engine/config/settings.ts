import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect, Schema } from 'effect';
import { parse } from 'yaml';
import { ConfigInvalid } from '../domain/errors.ts';
import type { RetentionDays } from '../domain/retention-days.ts';
import {
  AnalyzeSection,
  type AnalyzeSettings,
  analyzeSettings,
  defaultAnalyze,
  ObjectiveSection,
} from './analyze-settings.ts';
import { archiveSettings, ArchiveSection, type ArchiveSettings } from './archive-settings.ts';
import { parseBytes } from './bytes.ts';
import { checkClickHouse } from './clickhouse-url.ts';
import {
  fromFile,
  joinListen,
  ListenFile,
  type ListenFlags,
  type ListenSettings,
  loopbackOnly,
} from './listen-settings.ts';
import type { Paths } from './paths.ts';
import { noRemote, RemoteSection, type RemoteSettings, remoteSettings } from './remote-settings.ts';

const port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }));
const days = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 36_500 }));

/** What becomes of a request of the same bytes as a recent one: docs/receivers.md. */
const repeatChoices = ['drop', 'keep'] as const;
export type Repeats = (typeof repeatChoices)[number];

/** `obs.yaml`, every key optional. Docs and defaults: docs/configuration.md. */
const File = Schema.Struct({
  listen: Schema.optionalKey(ListenFile),
  receivers: Schema.optionalKey(
    Schema.Struct({
      otlpGrpcPort: Schema.optionalKey(port),
      otlpHttpPort: Schema.optionalKey(port),
      repeats: Schema.optionalKey(Schema.Literals(repeatChoices)),
    }),
  ),
  query: Schema.optionalKey(Schema.Struct({ port: Schema.optionalKey(port) })),
  store: Schema.optionalKey(
    Schema.Struct({
      clickhouse: Schema.optionalKey(Schema.String),
      remote: Schema.optionalKey(RemoteSection),
      retentionDays: Schema.optionalKey(
        Schema.Struct({
          traces: Schema.optionalKey(days),
          logs: Schema.optionalKey(days),
          metrics: Schema.optionalKey(days),
          logSeverities: Schema.optionalKey(
            Schema.Struct({
              trace: Schema.optionalKey(days),
              debug: Schema.optionalKey(days),
              info: Schema.optionalKey(days),
              warn: Schema.optionalKey(days),
              error: Schema.optionalKey(days),
              fatal: Schema.optionalKey(days),
            }),
          ),
        }),
      ),
      diskCap: Schema.optionalKey(Schema.String),
    }),
  ),
  archive: Schema.optionalKey(ArchiveSection),
  analyze: Schema.optionalKey(AnalyzeSection),
  slo: Schema.optionalKey(Schema.Array(ObjectiveSection)),
});
type File = typeof File.Type;

/** What the daemon runs with, after flags, environment, files and defaults were joined. Ports: 0 = any free one. */
export interface Settings {
  readonly otlpGrpcPort: number;
  readonly otlpHttpPort: number;
  readonly queryPort: number;
  readonly repeats: Repeats;
  /** Where the three are bound, and who may reach them. */
  readonly listen: ListenSettings;
  /** URL of a ClickHouse server to use in place of the embedded engine. */
  readonly clickhouse: string | null;
  /** How that server, or the cluster that it belongs to, is used. */
  readonly remote: RemoteSettings;
  readonly retentionDays: RetentionDays;
  /** Bytes that the embedded store may take on disk; beyond it the oldest days are dropped. */
  readonly diskCapBytes: number;
  /** Where raw requests are kept; `null`: nowhere. */
  readonly archive: ArchiveSettings | null;
  /** What is learned of the telemetry, and who is told. */
  readonly analyze: AnalyzeSettings;
}

/** What the command line said; `undefined` where it said nothing. */
export interface SettingFlags extends ListenFlags {
  readonly otlpGrpcPort?: number | undefined;
  readonly otlpHttpPort?: number | undefined;
  readonly queryPort?: number | undefined;
  readonly clickhouse?: string | undefined;
  readonly repeats?: string | undefined;
  readonly cluster?: string | undefined;
}

export const defaultSettings: Settings = {
  otlpGrpcPort: 4317,
  otlpHttpPort: 4318,
  queryPort: 8123,
  repeats: 'drop',
  listen: loopbackOnly,
  clickhouse: null,
  remote: noRemote,
  retentionDays: { traces: 7, logs: 7, metrics: 30 },
  diskCapBytes: 20 * 1024 ** 3,
  archive: null,
  analyze: defaultAnalyze,
};

/** Environment variables that set what has no file: name → where it goes. */
export const settingVariables = {
  OBS_OTLP_GRPC_PORT: 'otlpGrpcPort',
  OBS_OTLP_HTTP_PORT: 'otlpHttpPort',
  OBS_QUERY_PORT: 'queryPort',
  OBS_RECEIVE_REPEATS: 'repeats',
  OBS_CLICKHOUSE: 'clickhouse',
  OBS_CLUSTER: 'cluster',
  OBS_LISTEN: 'listen',
  OBS_TLS_CERT: 'tlsCert',
  OBS_TLS_KEY: 'tlsKey',
  OBS_TLS_CLIENT_CA: 'tlsClientCa',
  OBS_TOKEN_FILE: 'tokenFile',
} as const;

/**
 * Joins the sources: flags > environment > `obs.yaml` of the project > the user's > defaults.
 * @param projectFolder where the project's `obs.yaml` is looked for
 */
export const loadSettings = Effect.fnUntraced(function* (
  flags: SettingFlags,
  env: Readonly<Record<string, string | undefined>>,
  paths: Paths,
  projectFolder: string,
) {
  const user = yield* readFile(paths.config);
  const projectFile = join(projectFolder, 'obs.yaml');
  const project = yield* readFile(projectFile);
  const fromEnv = yield* readEnvironment(env);
  const d = defaultSettings;
  const cap = project.store?.diskCap ?? user.store?.diskCap;
  const diskCapBytes = cap === undefined ? d.diskCapBytes : parseBytes(cap);
  if (diskCapBytes === null) {
    return yield* new ConfigInvalid({ source: 'store.diskCap', problem: `"${cap}" is no size such as 20GiB` });
  }
  const clickhouse = [
    ['--clickhouse', flags.clickhouse],
    ['OBS_CLICKHOUSE', fromEnv.clickhouse],
    ['store.clickhouse', project.store?.clickhouse ?? user.store?.clickhouse],
  ] as const;
  const remoteFile = project.store?.remote === undefined ? paths.config : projectFile;
  const clusters = [
    ['--cluster', flags.cluster],
    ['OBS_CLUSTER', fromEnv.cluster],
    [`store.remote.cluster in ${remoteFile}`, (project.store?.remote ?? user.store?.remote)?.cluster],
  ] as const;
  const [source, server] = clickhouse.find(([, url]) => url !== undefined) ?? ['', undefined];
  if (server !== undefined) yield* checkClickHouse(server, source);
  const first = <A>(...values: readonly (A | undefined)[]): A | undefined => values.find((v) => v !== undefined);
  const listen = yield* joinListen(
    [flags, fromEnv, fromFile(projectFile, project.listen), fromFile(paths.config, user.listen)],
    project.listen?.hosts ?? user.listen?.hosts ?? [],
  );
  const repeats = fromEnv.repeats ?? project.receivers?.repeats ?? user.receivers?.repeats ?? d.repeats;
  if (!isRepeats(repeats)) {
    return yield* new ConfigInvalid({
      source: 'OBS_RECEIVE_REPEATS',
      problem: `"${repeats}" is neither drop nor keep`,
    });
  }
  const archive = project.archive ?? user.archive;
  const settings: Settings = {
    otlpGrpcPort:
      first(flags.otlpGrpcPort, fromEnv.otlpGrpcPort, project.receivers?.otlpGrpcPort, user.receivers?.otlpGrpcPort) ??
      d.otlpGrpcPort,
    otlpHttpPort:
      first(flags.otlpHttpPort, fromEnv.otlpHttpPort, project.receivers?.otlpHttpPort, user.receivers?.otlpHttpPort) ??
      d.otlpHttpPort,
    queryPort: first(flags.queryPort, fromEnv.queryPort, project.query?.port, user.query?.port) ?? d.queryPort,
    repeats,
    listen,
    clickhouse: server ?? d.clickhouse,
    remote: yield* remoteSettings(
      project.store?.remote ?? user.store?.remote ?? {},
      clusters.map(([source, name]) => (name === undefined ? undefined : { source, name })).find(Boolean),
      server ?? null,
    ),
    retentionDays: { ...d.retentionDays, ...user.store?.retentionDays, ...project.store?.retentionDays },
    diskCapBytes,
    archive: archive === undefined ? d.archive : yield* archiveSettings(archive),
    analyze: yield* analyzeSettings(
      project.analyze === undefined && project.slo === undefined ? paths.config : projectFile,
      project.analyze ?? user.analyze,
      project.slo ?? user.slo,
    ),
  };
  return settings;
});

const isRepeats = (text: string): text is Repeats => repeatChoices.some((known) => known === text);

const readFile = Effect.fnUntraced(function* (path: string): Effect.fn.Return<File, ConfigInvalid> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // ENOTDIR: the folder that it would be in is a file, so there is none.
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    return yield* new ConfigInvalid({ source: path, problem: `it cannot be read: ${code ?? String(error)}` });
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return yield* new ConfigInvalid({ source: path, problem: error instanceof Error ? error.message : String(error) });
  }
  return yield* Schema.decodeUnknownEffect(File)(value ?? {}, { onExcessProperty: 'error' }).pipe(
    Effect.mapError((issue) => new ConfigInvalid({ source: path, problem: issue.message })),
  );
});

const readEnvironment = Effect.fnUntraced(function* (
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<SettingFlags, ConfigInvalid> {
  const found: Record<string, number | string> = {};
  for (const [variable, setting] of Object.entries(settingVariables)) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    if (!setting.endsWith('Port')) {
      found[setting] = text;
      continue;
    }
    const number = Number(text);
    if (!Number.isInteger(number) || number < 0 || number > 65_535) {
      return yield* new ConfigInvalid({ source: variable, problem: `"${text}" is no port number (0 to 65535)` });
    }
    found[setting] = number;
  }
  return found;
});
