import { Effect, Schema } from 'effect';
import { ConfigInvalid } from '../domain/errors.ts';
import { parseDuration } from '../domain/time-range.ts';
import { parseBytes } from './bytes.ts';

const days = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 36_500 }));

const Encryption = Schema.Union([
  Schema.Struct({ kind: Schema.Literal('sse-s3') }),
  Schema.Struct({ kind: Schema.Literal('sse-kms'), kmsKeyId: Schema.optionalKey(Schema.String) }),
  Schema.Struct({ kind: Schema.Literal('sse-c'), keyFile: Schema.String }),
]);

/** `archive:` of `obs.yaml`. Docs and defaults: docs/archive.md. */
export const ArchiveSection = Schema.Struct({
  bucket: Schema.String,
  endpoint: Schema.optionalKey(Schema.String),
  prefix: Schema.optionalKey(Schema.String),
  region: Schema.optionalKey(Schema.String),
  pathStyle: Schema.optionalKey(Schema.Boolean),
  encryption: Schema.optionalKey(Encryption),
  objectSize: Schema.optionalKey(Schema.String),
  objectAge: Schema.optionalKey(Schema.String),
  queueCap: Schema.optionalKey(Schema.String),
  retentionDays: Schema.optionalKey(
    Schema.Struct({
      traces: Schema.optionalKey(days),
      logs: Schema.optionalKey(days),
      metrics: Schema.optionalKey(days),
    }),
  ),
});
export type ArchiveSection = typeof ArchiveSection.Type;

export type ArchiveEncryption = typeof Encryption.Type;

export interface ArchiveSettings {
  readonly bucket: string;
  /** `null`: AWS's own, by region. */
  readonly endpoint: string | null;
  /** Without slashes at its ends; empty for the bucket's root. */
  readonly prefix: string;
  /** `null`: what the SDK finds (AWS_REGION, the profile). */
  readonly region: string | null;
  readonly pathStyle: boolean;
  readonly encryption: ArchiveEncryption | null;
  readonly objectBytes: number;
  readonly objectAgeMs: number;
  readonly queueBytes: number;
  readonly retentionDays: Readonly<{ traces?: number; logs?: number; metrics?: number }>;
}

const mebibyte = 1024 ** 2;
const bounds = { objectBytes: [mebibyte, 256 * mebibyte], objectAgeMs: [1000, 3_600_000] } as const;

/** Fills in the defaults. Fails where a value is none, or cannot work. */
export const archiveSettings = Effect.fnUntraced(function* (
  section: ArchiveSection,
): Effect.fn.Return<ArchiveSettings, ConfigInvalid> {
  const size = (key: string, text: string | undefined, usual: number) =>
    valueOf(key, text, usual, parseBytes, 'no size such as 32MiB');
  const objectBytes = yield* size('objectSize', section.objectSize, 32 * mebibyte);
  const objectAgeMs = yield* valueOf('objectAge', section.objectAge, 300_000, parseDuration, 'no span such as 5m');
  const queueBytes = yield* size('queueCap', section.queueCap, 1024 * mebibyte);
  yield* within('objectSize', objectBytes, bounds.objectBytes, 'it must be 1 MiB to 256 MiB');
  yield* within('objectAge', objectAgeMs, bounds.objectAgeMs, 'it must be 1s to 1h');
  const { endpoint, bucket } = section;
  if (bucket === '') return yield* invalid('bucket', 'it is empty');
  if (endpoint !== undefined && !/^https?:\/\/[^/@]+\/?$/.test(endpoint)) {
    return yield* invalid(
      'endpoint',
      'it is no URL such as https://minio.example:9000 (credentials do not belong in it)',
    );
  }
  return {
    bucket,
    endpoint: endpoint ?? null,
    prefix: (section.prefix ?? '').replace(/^\/+|\/+$/g, ''),
    region: section.region ?? (endpoint === undefined ? null : 'us-east-1'),
    pathStyle: section.pathStyle ?? endpoint !== undefined,
    encryption: section.encryption ?? null,
    objectBytes,
    objectAgeMs,
    queueBytes,
    retentionDays: section.retentionDays ?? {},
  };
});

const invalid = (key: string, problem: string): Effect.Effect<never, ConfigInvalid> =>
  Effect.fail(new ConfigInvalid({ source: `archive.${key}`, problem }));

function valueOf(
  key: string,
  text: string | undefined,
  usual: number,
  parse: (text: string) => number | null,
  problem: string,
): Effect.Effect<number, ConfigInvalid> {
  if (text === undefined) return Effect.succeed(usual);
  const value = parse(text);
  return value === null ? invalid(key, `"${text}" is ${problem}`) : Effect.succeed(value);
}

function within(
  key: string,
  value: number,
  [least, most]: readonly [number, number],
  problem: string,
): Effect.Effect<void, ConfigInvalid> {
  return value < least || value > most ? invalid(key, problem) : Effect.void;
}
