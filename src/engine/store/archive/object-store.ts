import { Context, type Effect, type Stream } from 'effect';
import type { ArchiveFailed } from '../../domain/errors.ts';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

export type ObjectBody = { readonly path: string } | { readonly content: Uint8Array };

export interface PutObject {
  readonly key: string;
  readonly body: ObjectBody;
  readonly bytes: number;
  /** Hex digits; the server refuses other bytes. */
  readonly sha256: string;
  readonly contentType: string;
}

/** A bucket, as much of it as the archive needs. */
export class ObjectStore extends Context.Service<
  ObjectStore,
  {
    /** For people: `s3://bucket at https://…`. */
    readonly location: string;
    put(object: PutObject): Effect.Effect<void, ArchiveFailed>;
    /** `null` where there is no such object. */
    get(key: string): Effect.Effect<Buffer | null, ArchiveFailed>;
    /** In the order of their keys, from behind `after` on. */
    list(prefix: string, after?: string): Stream.Stream<StoredObject, ArchiveFailed>;
    remove(keys: readonly string[]): Effect.Effect<void, ArchiveFailed>;
  }
>()('obs/store/archive/ObjectStore') {}
