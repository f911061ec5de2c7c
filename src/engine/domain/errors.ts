import { Data } from 'effect';
import type { Signal } from './signals.ts';

/**
 * The errors that cross module borders, as tagged values. What a person reads is composed from them in
 * `messages.ts`, nowhere else. Errors that never leave a module are declared in that module.
 */

/** The payload as a whole cannot be read (truncated, not protobuf/JSON): nothing of it was taken. OTLP answers 400. */
export class MalformedPayload extends Data.TaggedError('MalformedPayload')<{
  readonly signal: Signal;
  /** What is wrong and at which byte offset or JSON path. */
  readonly reason: string;
}> {}

/** The spool cannot take more now; the sender should come again. OTLP answers 503 or UNAVAILABLE. */
export class Overloaded extends Data.TaggedError('Overloaded')<{
  readonly reason: 'spool-full' | 'disk-full' | 'memory' | 'shutting-down';
  readonly retryAfterMs: number;
}> {}

/** The disk refused (EIO, EACCES, ENOSPC …) what must be durable. */
export class StorageFailed extends Data.TaggedError('StorageFailed')<{
  readonly operation: string;
  readonly path: string;
  readonly code: string;
}> {}

/** A statement failed in ClickHouse; `code` is ClickHouse's own number (60 UNKNOWN_TABLE, 159 TIMEOUT_EXCEEDED, 394 …). */
export class QueryFailed extends Data.TaggedError('QueryFailed')<{
  readonly code: number;
  readonly message: string;
  readonly sql?: string;
}> {}

/** The guard refused a statement before ClickHouse saw it. */
export class QueryRefused extends Data.TaggedError('QueryRefused')<{
  readonly reason: string;
  readonly sql: string;
}> {}

/** No engine answers at the endpoint. */
export class EngineUnavailable extends Data.TaggedError('EngineUnavailable')<{
  /** Its URL; those of all servers where several were tried. */
  readonly endpoint: string;
  readonly reason: string;
  /** The endpoint is a ClickHouse server that the configuration names, not obs's own. */
  readonly remote?: boolean;
}> {}

/** Another process holds the data directory. */
export class StoreLocked extends Data.TaggedError('StoreLocked')<{
  readonly path: string;
  readonly pid?: number;
}> {}

export class PortTaken extends Data.TaggedError('PortTaken')<{
  readonly what: string;
  readonly port: number;
  readonly flag: string;
  readonly pid?: number;
}> {}

export class NotRunning extends Data.TaggedError('NotRunning')<{ readonly home: string }> {}

export class ConfigInvalid extends Data.TaggedError('ConfigInvalid')<{
  readonly source: string;
  readonly problem: string;
}> {}

export class TraceNotFound extends Data.TaggedError('TraceNotFound')<{
  readonly asked: string;
  readonly near: readonly string[];
  readonly storeFrom: string | null;
  readonly storeTo: string | null;
}> {}

/** A value that the user typed cannot be used (time range, attribute filter, id prefix …). */
export class BadInput extends Data.TaggedError('BadInput')<{
  readonly what: string;
  readonly why: string;
  readonly hint: string;
}> {}

/** A task that the engine process was given ended in a way that nobody foresaw; the process goes on. */
export class EngineFailed extends Data.TaggedError('EngineFailed')<{
  readonly task: string;
  readonly reason: string;
}> {}

/** The demo's shop could not be started or changed. */
export class DemoFailed extends Data.TaggedError('DemoFailed')<{
  readonly step: string;
  readonly reason: string;
}> {}

/** The bucket of the archive could not be asked, or refused; `code` is S3's word for it (AccessDenied, NoSuchBucket …). */
export class ArchiveFailed extends Data.TaggedError('ArchiveFailed')<{
  readonly operation: string;
  readonly location: string;
  readonly code: string;
  readonly reason: string;
}> {}

export type ObsError =
  | MalformedPayload
  | Overloaded
  | StorageFailed
  | QueryFailed
  | QueryRefused
  | EngineUnavailable
  | StoreLocked
  | PortTaken
  | NotRunning
  | ConfigInvalid
  | TraceNotFound
  | BadInput
  | EngineFailed
  | DemoFailed
  | ArchiveFailed;

const classes = {
  MalformedPayload,
  Overloaded,
  StorageFailed,
  QueryFailed,
  QueryRefused,
  EngineUnavailable,
  StoreLocked,
  PortTaken,
  NotRunning,
  ConfigInvalid,
  TraceNotFound,
  BadInput,
  EngineFailed,
  DemoFailed,
  ArchiveFailed,
} as const satisfies Record<ObsError['_tag'], new (fields: never) => ObsError>;

/** The error's tag and fields as a plain object, to cross a process border. */
export function packError(error: ObsError): Record<string, unknown> {
  return { ...error, _tag: error._tag, ...('message' in error ? { message: error.message } : {}) };
}

/** The tagged error that `packError` packed in another process; `null` when the value is none of ours. */
export function unpackError(value: unknown): ObsError | null {
  if (typeof value !== 'object' || value === null || !('_tag' in value)) return null;
  const make = Object.entries(classes).find(([tag]) => tag === value._tag)?.[1];
  if (make === undefined) return null;
  const { _tag, ...fields } = value;
  return new (make as new (fields: object) => ObsError)(fields);
}
