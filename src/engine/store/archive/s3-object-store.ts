import { createReadStream, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { Effect, Layer, Stream } from 'effect';
import type { ArchiveEncryption, ArchiveSettings } from '../../config/archive-settings.ts';
import { ArchiveFailed, ConfigInvalid } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { ObjectStore, type PutObject } from './object-store.ts';

/** Where a bucket is and how its objects are encrypted. */
export type BucketSettings = Pick<ArchiveSettings, 'bucket' | 'endpoint' | 'region' | 'pathStyle' | 'encryption'>;

type Sdk = typeof import('@aws-sdk/client-s3');

/**
 * The SDK takes a fifth of a second to load, so it is loaded when there is a bucket to talk to.
 * @param silenceMs how long a request may go on without a byte
 */
export function s3ObjectStore(
  settings: BucketSettings,
  silenceMs: number = limits.archive.silenceMs,
): Layer.Layer<ObjectStore, ArchiveFailed | ConfigInvalid> {
  return Layer.effect(
    ObjectStore,
    Effect.gen(function* () {
      const { bucket, endpoint } = settings;
      const location = `s3://${bucket}${endpoint === null ? '' : ` at ${endpoint}`}`;
      const encryption = yield* encryptionHeaders(settings.encryption);
      const sdk = yield* ask(location, 'load the S3 client', () => import('@aws-sdk/client-s3'));
      const client = yield* Effect.acquireRelease(
        ask(location, 'set up the S3 client', async () => makeClient(sdk, settings, silenceMs)),
        (made) => Effect.sync(() => made.destroy()),
      );
      return ObjectStore.of({
        location,
        put: (object) =>
          ask(location, `write ${object.key}`, (abortSignal) =>
            client.send(putCommand(sdk, bucket, object, encryption.write), { abortSignal }),
          ),
        get: (key) =>
          ask(location, `read ${key}`, async (abortSignal) => {
            const { Body } = await client.send(
              new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...encryption.read }),
              {
                abortSignal,
              },
            );
            return Body === undefined ? Buffer.alloc(0) : Buffer.from(await Body.transformToByteArray());
          }).pipe(Effect.catch((error) => (error.code === 'NoSuchKey' ? Effect.succeed(null) : Effect.fail(error)))),
        list: (prefix, after) =>
          Stream.fromAsyncIterable(listPages(sdk, client, bucket, prefix, after), (error) =>
            failed(location, 'list objects', error),
          ).pipe(Stream.flatMap((page) => Stream.fromIterable(page))),
        remove: (keys) =>
          Effect.forEach(
            Array.from({ length: Math.ceil(keys.length / 1000) }, (_, page) =>
              keys.slice(page * 1000, page * 1000 + 1000),
            ),
            (page) =>
              ask(location, 'delete objects', async (abortSignal) => {
                const answer = await client.send(
                  new sdk.DeleteObjectsCommand({
                    Bucket: bucket,
                    Delete: { Objects: page.map((Key) => ({ Key })), Quiet: true },
                  }),
                  { abortSignal },
                );
                const refused = answer.Errors?.[0];
                if (refused !== undefined) throw Object.assign(new Error(refused.Message), { name: refused.Code });
              }),
            { discard: true },
          ),
      });
    }),
  );
}

function makeClient(sdk: Sdk, { endpoint, region, pathStyle }: BucketSettings, silenceMs: number): S3Client {
  const config: S3ClientConfig = {
    forcePathStyle: pathStyle,
    // Whoever asks knows how long to wait and what to try again.
    maxAttempts: 1,
    // Objects come with a checksum of ours, which not every server knows by the SDK's newer defaults.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Failures come back as values, and messages are composed in one place.
    logger: silent,
    requestHandler: {
      connectionTimeout: limits.archive.connectMs,
      socketTimeout: silenceMs,
    },
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
  };
  return new sdk.S3Client(config);
}

const nothing = (): void => {};
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The body streams from its file; its hash is known, so the SDK need not read it all to sign the request. */
function putCommand(sdk: Sdk, bucket: string, object: PutObject, encryption: Record<string, string>) {
  const { key, body, bytes, sha256, contentType } = object;
  const command = new sdk.PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: 'path' in body ? createReadStream(body.path, { highWaterMark: 256 * 1024 }) : body.content,
    ContentLength: bytes,
    ContentType: contentType,
    ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
    ...encryption,
  });
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = sha256;
      return next(args);
    },
    { step: 'build', name: 'payloadHashIsKnown' },
  );
  return command;
}

async function* listPages(sdk: Sdk, client: S3Client, bucket: string, prefix: string, after: string | undefined) {
  let token: string | undefined;
  do {
    const page = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        ...(after === undefined ? {} : { StartAfter: after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    yield (page.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size }));
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

interface EncryptionHeaders {
  readonly write: Record<string, string>;
  /** SSE-C alone wants its key for reading too. */
  readonly read: Record<string, string>;
}

function encryptionHeaders(encryption: ArchiveEncryption | null): Effect.Effect<EncryptionHeaders, ConfigInvalid> {
  if (encryption === null) return Effect.succeed({ write: {}, read: {} });
  if (encryption.kind === 'sse-s3') return Effect.succeed({ write: { ServerSideEncryption: 'AES256' }, read: {} });
  if (encryption.kind === 'sse-kms') {
    const { kmsKeyId } = encryption;
    const id = kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId };
    return Effect.succeed({ write: { ServerSideEncryption: 'aws:kms', ...id }, read: {} });
  }
  return Effect.try({
    try: () => {
      const key = Buffer.from(readFileSync(encryption.keyFile, 'utf8').trim(), 'base64');
      if (key.length !== 32) throw new Error(`it holds ${key.length} bytes in base64, not 32`);
      const headers = {
        SSECustomerAlgorithm: 'AES256',
        SSECustomerKey: key.toString('base64'),
        SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
      };
      return { write: headers, read: headers };
    },
    catch: (error) =>
      new ConfigInvalid({ source: `archive.encryption.keyFile ${encryption.keyFile}`, problem: String(error) }),
  });
}

function ask<A>(
  location: string,
  operation: string,
  call: (signal: AbortSignal) => Promise<A>,
): Effect.Effect<A, ArchiveFailed> {
  return Effect.tryPromise({ try: call, catch: (error) => failed(location, operation, error) });
}

function failed(location: string, operation: string, error: unknown): ArchiveFailed {
  const { name = 'Error', code, message } = (error ?? {}) as { name?: string; code?: string; message?: string };
  // What sockets say is in `code`, what S3 says in `name`.
  return new ArchiveFailed({ operation, location, code: code ?? name, reason: message || String(error) });
}
