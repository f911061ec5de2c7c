import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ArchiveSettings } from '../../src/engine/config/archive-settings.ts';
import { findComponent } from '../real/components.ts';

const credentials = { accessKeyId: 'archive-test', secretAccessKey: 'archive-test-secret' };

/** What the usual chain finds: to be put into the environment of who talks to this MinIO. */
export const minioEnvironment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};

/** A real MinIO on a folder and port of its own, with the bucket `telemetry` in it. */
export interface Minio extends AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  readonly settings: ArchiveSettings;
  kill(): Promise<void>;
  /** After `kill`: the same data on the same port. */
  start(): Promise<void>;
  keys(prefix?: string): Promise<readonly string[]>;
  read(key: string): Promise<Buffer>;
  /** What the server says that an object is encrypted with. */
  encryptionOf(key: string): Promise<string | undefined>;
  /** Puts other bytes under a key, as damage does. */
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
}

export const hasMinio = findComponent('minio') !== undefined;

export async function startMinio(env: Record<string, string> = {}): Promise<Minio> {
  const program = findComponent('minio');
  if (program === undefined) throw new Error('no MinIO on this machine');
  const folder = mkdtempSync(join(tmpdir(), 'obs-minio-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(program, ['server', folder, '--address', `127.0.0.1:${port}`, '--quiet'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        MINIO_ROOT_USER: credentials.accessKeyId,
        MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
        MINIO_BROWSER: 'off',
        ...env,
      },
      stdio: 'ignore',
    });
    while (!(await isReady(endpoint))) {
      if (child.exitCode !== null) throw new Error(`MinIO ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  await start();
  const client = new S3Client({ endpoint, credentials, forcePathStyle: true, region: 'us-east-1' });
  await client.send(new CreateBucketCommand({ Bucket: 'telemetry' }));
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    port,
    endpoint,
    settings: archiveOn(endpoint),
    kill,
    start,
    keys: async (prefix = '') => {
      const found: string[] = [];
      for (let token: string | undefined; ;) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: 'telemetry', Prefix: prefix, ContinuationToken: token }),
        );
        found.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
        token = page.NextContinuationToken;
        if (token === undefined) return found;
      }
    },
    read: async (key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'telemetry', Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    encryptionOf: async (key) =>
      (await client.send(new HeadObjectCommand({ Bucket: 'telemetry', Key: key }))).ServerSideEncryption,
    overwrite: async (key, bytes) => {
      await client.send(new PutObjectCommand({ Bucket: 'telemetry', Key: key, Body: bytes }));
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The archive in the bucket of a MinIO, or of what stands before it. */
export function archiveOn(endpoint: string): ArchiveSettings {
  return {
    bucket: 'telemetry',
    endpoint,
    prefix: 'obs',
    region: 'us-east-1',
    pathStyle: true,
    encryption: null,
    objectBytes: 4 * 1024 ** 2,
    objectAgeMs: 200,
    queueBytes: 256 * 1024 ** 2,
    retentionDays: {},
  };
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/minio/health/live`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
