import type { ObsError } from './errors.ts';

/** What a person reads when something failed: what happened, why, and what to try next. */
export interface Message {
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

const overloadReasons = {
  'spool-full': 'more is arriving than the engine can load, and the spool has reached its limit',
  'disk-full': 'the disk that holds the spool has no room left',
  memory: 'too many request bodies are in memory at once',
  'shutting-down': 'obs is shutting down',
} as const;

/** What to try when a ClickHouse server that the configuration names is away. */
export const checkServers =
  'Check that it runs and that host and port are right: --clickhouse, OBS_CLICKHOUSE or store.clickhouse in obs.yaml';

/** The one place where errors become sentences. */
export function messageOf(error: ObsError): Message {
  switch (error._tag) {
    case 'MalformedPayload':
      return {
        what: `This is not a readable OTLP ${error.signal} payload`,
        why: error.reason,
        next: 'Check the Content-Type, Content-Encoding and the exporter that sent it',
      };
    case 'Overloaded':
      return {
        what: 'obs cannot take more right now',
        why: overloadReasons[error.reason],
        next: `Send it again in ${Math.ceil(error.retryAfterMs / 1000)} s; see \`obs status\``,
      };
    case 'StorageFailed':
      return {
        what: `Could not ${error.operation} ${error.path}`,
        why: error.code,
        next: 'Check the space and the permissions of that folder, or choose another with OBS_HOME',
      };
    case 'QueryFailed':
      return {
        what: 'The query failed',
        why: error.message,
        next: afterFailure(error.code),
      };
    case 'QueryRefused':
      return {
        what: 'The query was refused',
        why: error.reason,
        next: 'The endpoint takes one read-only statement over the tables in the store',
      };
    case 'EngineUnavailable':
      return {
        what: `No ${error.remote === true ? 'ClickHouse server' : 'engine'} answers at ${error.endpoint}`,
        why: error.reason,
        next: error.remote === true ? checkServers : 'Run `obs status`, or start one with `obs up`',
      };
    case 'StoreLocked':
      return {
        what: `The store at ${error.path} is in use`,
        why: error.pid === undefined ? 'another process holds its lock' : `process ${error.pid} holds its lock`,
        next: 'Use the running one (`obs status`), stop it (`obs down`), or choose another folder with OBS_HOME',
      };
    case 'PortTaken':
      return {
        what: `Port ${error.port} for ${error.what} is taken`,
        why: error.pid === undefined ? 'another program listens on it' : `process ${error.pid} listens on it`,
        next: `Choose another with ${error.flag}, or ${error.flag} 0 for any free one`,
      };
    case 'NotRunning':
      return { what: 'obs is not running', why: `no daemon holds ${error.home}`, next: 'Start it with `obs up`' };
    case 'ConfigInvalid':
      return { what: `Cannot use ${error.source}`, why: error.problem, next: 'See docs/configuration.md' };
    case 'TraceNotFound':
      return {
        what: `No trace ${error.asked} in the store`,
        why:
          error.storeFrom === null
            ? 'the store holds no traces yet'
            : `the store holds traces from ${error.storeFrom} to ${error.storeTo}`,
        next: error.near.length > 0 ? `Near: ${error.near.join(', ')}` : 'List some with `obs traces`',
      };
    case 'DemoFailed':
      return {
        what: `The demo could not ${error.step}`,
        why: error.reason,
        next: 'Try again; `obs doctor` checks what it needs',
      };
    case 'ArchiveFailed':
      return {
        what: `Could not ${error.operation} in the archive at ${error.location}`,
        why: `${error.reason} (${error.code})`,
        next: afterArchiveFailure(error.code),
      };
    case 'EngineFailed':
      return {
        what: `The engine failed at the task "${error.task}"`,
        why: error.reason,
        next: 'See its log, `run/daemon.log` of the data folder; `obs status` says how it is',
      };
    case 'BadInput':
      return { what: error.what, why: error.why, next: error.hint };
  }
}

/** What helps depends on ClickHouse's error code (`src/Common/ErrorCodes.cpp`). */
function afterFailure(code: number): string {
  switch (code) {
    case 47: // UNKNOWN_IDENTIFIER
      return 'See the columns with `obs query "DESCRIBE TABLE otel_traces"`';
    case 60: // UNKNOWN_TABLE
      return 'See the tables with `obs query "SHOW TABLES"`';
    case 62: // SYNTAX_ERROR
      return 'Check the statement near the place that is named';
    case 159: // TIMEOUT_EXCEEDED
    case 241: // MEMORY_LIMIT_EXCEEDED
    case 396: // TOO_MANY_ROWS_OR_BYTES
      return 'Narrow the time range, or add a LIMIT';
    default:
      return 'See docs/query-endpoint.md and docs/schema.md';
  }
}

/** What helps depends on S3's error code. */
function afterArchiveFailure(code: string): string {
  switch (code) {
    case 'CredentialsProviderError':
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
      return 'Check the credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws';
    case 'AccessDenied':
      return 'The credentials need s3:PutObject, s3:GetObject, s3:ListBucket, and s3:DeleteObject to prune';
    case 'NoSuchBucket':
      return 'Create the bucket, or check archive.bucket in obs.yaml';
    default:
      return 'Check archive.endpoint in obs.yaml and that it can be reached; see docs/archive.md';
  }
}

/** The three parts on three lines, as stderr shows them. */
export function formatMessage({ what, why, next }: Message): string {
  return `${what}.\n  Why:  ${why}\n  Next: ${next}`;
}
