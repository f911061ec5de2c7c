import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { ArchiveSettings } from '../../../src/engine/config/archive-settings.ts';
import { planPrune, prune } from '../../../src/engine/store/archive/prune.ts';
import { titleWith } from '../../real/components.ts';
import { startFaultyProxy } from '../../support/faulty-proxy.ts';
import { archiveOn, hasMinio, type Minio, minioEnvironment, startMinio } from '../../support/minio.ts';
import { newFolder, numbered, onBucket, openArchive, type TestArchive, verifyBucket } from './archive-fixture.ts';

const patience = { timeout: 20_000, interval: 25 };

describe.skipIf(!hasMinio)(titleWith('minio', 'an archive on MinIO'), () => {
  let minio: Minio;

  beforeAll(async () => {
    Object.assign(process.env, minioEnvironment);
    minio = await startMinio({ MINIO_KMS_SECRET_KEY: `archive-key:${Buffer.alloc(32, 7).toString('base64')}` });
  });
  afterAll(() => minio[Symbol.asyncDispose]());
  const uploaded = async (archive: TestArchive): Promise<number> => (await archive.status()).uploaded.traces.records;
  const bucket = (prefix: string, endpoint = minio.endpoint): ArchiveSettings => ({ ...archiveOn(endpoint), prefix });

  test.concurrent('what is tapped is in the bucket, named by its manifest, with the checksums that verify asks for', async ({
    expect,
  }) => {
    const settings = bucket('sound');
    await using archive = await openArchive(settings);
    for (let number = 0; number < 100; number++) archive.archive.tap(numbered(number));
    await expect.poll(() => uploaded(archive), patience).toBe(100);
    const report = await verifyBucket(settings);
    expect(report).toMatchObject({ objects: 1, manifests: 1, records: 100, items: 100, findings: [] });
    expect((await archive.status()).queue).toMatchObject({ files: 0, bytes: 0 });
  });

  test.concurrent('gateways that share a bucket write objects and manifests of their own', async ({ expect }) => {
    const settings = bucket('shared');
    await using one = await openArchive(settings);
    await using another = await openArchive(settings);
    for (let number = 0; number < 20; number++) (number % 2 === 0 ? one : another).archive.tap(numbered(number));
    for (const gateway of [one, another]) await expect.poll(() => uploaded(gateway), patience).toBe(10);
    expect(await verifyBucket(settings)).toMatchObject({ objects: 2, manifests: 2, records: 20, findings: [] });
  });

  test.concurrent.for([
    { encryption: { kind: 'sse-s3' }, header: 'AES256' },
    { encryption: { kind: 'sse-kms', kmsKeyId: 'archive-key' }, header: 'aws:kms' },
  ] as const)('objects are encrypted as asked: $encryption.kind', async ({ encryption, header }, { expect }) => {
    const settings = { ...bucket(encryption.kind), encryption };
    await using archive = await openArchive(settings);
    archive.archive.tap(numbered(1));
    await expect.poll(() => uploaded(archive), patience).toBe(1);
    const keys = await minio.keys(`${encryption.kind}/`);
    expect(keys).toHaveLength(2);
    expect(await Promise.all(keys.map((key) => minio.encryptionOf(key)))).toEqual([header, header]);
    expect(await verifyBucket(settings)).toMatchObject({ records: 1, findings: [] });
  });

  describe.concurrent('behind a proxy', () => {
    test.for([
      { name: 'refusing', status: 403, code: 'AccessDenied' },
      { name: 'overloaded', status: 503, code: 'SlowDown' },
    ])(
      'a bucket that is $name keeps the queue waiting, says so, and gets everything once',
      async ({ name, status, code }, { expect }) => {
        await using proxy = await startFaultyProxy(minio.port);
        const settings = bucket(name, proxy.endpoint);
        proxy.fault = { kind: 'answer', status, body: `<Error><Code>${code}</Code><Message>not now</Message></Error>` };
        await using archive = await openArchive(settings);
        for (let number = 0; number < 20; number++) archive.archive.tap(numbered(number));
        await expect.poll(async () => (await archive.status()).lastError, patience).toContain(code);
        expect((await archive.status()).queue.files).toBe(1);
        proxy.fault = { kind: 'none' };
        await expect.poll(() => uploaded(archive), patience).toBe(20);
        expect((await archive.status()).lastError).toBeNull();
        expect(await verifyBucket(bucket(name))).toMatchObject({ objects: 1, records: 20, findings: [] });
      },
    );

    test('an upload that is cut short leaves no object behind, and comes whole at the next try', async ({ expect }) => {
      await using proxy = await startFaultyProxy(minio.port);
      proxy.fault = { kind: 'cut', afterBytes: 200_000 };
      await using archive = await openArchive(bucket('cut', proxy.endpoint));
      for (let number = 0; number < 200; number++) archive.archive.tap(numbered(number, 4000));
      await expect.poll(async () => (await archive.status()).failedUploads, patience).toBeGreaterThan(0);
      expect(await minio.keys('cut/')).toEqual([]);
      proxy.fault = { kind: 'none' };
      await expect.poll(() => uploaded(archive), patience).toBe(200);
      expect(await verifyBucket(bucket('cut'))).toMatchObject({ objects: 1, records: 200, findings: [] });
    });

    test('a slow bucket takes its time; the tap goes on meanwhile', async ({ expect }) => {
      await using proxy = await startFaultyProxy(minio.port);
      proxy.fault = { kind: 'slow', bytesPerSecond: 600_000 };
      await using archive = await openArchive(bucket('slow', proxy.endpoint));
      for (let number = 0; number < 100; number++) archive.archive.tap(numbered(number, 4000));
      await expect.poll(async () => (await archive.status()).queue.files, patience).toBe(1);
      const before = performance.now();
      for (let number = 100; number < 200; number++) archive.archive.tap(numbered(number, 4000));
      expect(performance.now() - before).toBeLessThan(100);
      expect(await uploaded(archive)).toBe(0);
      await expect.poll(() => uploaded(archive), patience).toBe(200);
    });
  });

  test.concurrent('verify finds what is cut short, changed, gone and not named', async ({ expect }) => {
    const settings = bucket('damaged');
    await using archive = await openArchive(settings);
    for (let round = 0; round < 3; round++) {
      for (let number = 0; number < 20; number++)
        archive.archive.tap(numbered(number, 2000, Date.UTC(2026, 0, 1, round)));
    }
    await expect.poll(() => uploaded(archive), patience).toBe(60);
    const objects = (await minio.keys('damaged/')).filter((key) => key.endsWith('.zst'));
    const [cut = '', changed = '', unnamed = ''] = objects;
    await minio.overwrite(cut, (await minio.read(cut)).subarray(0, 10_000));
    const bytes = await minio.read(changed);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    await minio.overwrite(changed, bytes);
    await minio.overwrite(unnamed.replace('/02/', '/05/'), await minio.read(unnamed));
    const { findings } = await verifyBucket(settings);
    const about = (key: string): string =>
      findings
        .filter((finding) => finding.key === key)
        .map((f) => f.problem)
        .join('; ');
    expect(about(cut)).toMatch(/its manifest says .* cut short within a frame/);
    expect(about(changed)).toMatch(/SHA-256 .* CRC-32/);
    expect(about(unnamed.replace('/02/', '/05/'))).toBe('no manifest names it');
    expect(about(unnamed)).toBe('');
    expect(findings.every(({ key }) => !key.includes('manifest'))).toBe(true);
  });

  test.concurrent('prune plans whole hours past a signal’s days, deletes those, and leaves the rest sound', async ({
    expect,
  }) => {
    const settings = bucket('pruned');
    await using archive = await openArchive(settings);
    const now = Date.UTC(2026, 2, 10, 12, 30);
    for (const daysAgo of [100, 90, 89.99, 1]) archive.archive.tap(numbered(1, 100, now - daysAgo * 86_400_000));
    archive.archive.tap({ ...numbered(2, 100, now - 100 * 86_400_000), signal: 'logs' });
    await expect.poll(() => uploaded(archive), patience).toBe(4);
    await expect.poll(async () => (await archive.status()).uploaded.logs.records, patience).toBe(1);
    const plan = await onBucket(settings, planPrune('pruned', { traces: 90 }, now));
    // The hour that begins 90 days ago has half an hour of younger requests in it.
    expect(plan).toMatchObject([{ signal: 'traces', objects: 1, hour: '2025-11-30T12:00:00.000Z' }]);
    await onBucket(settings, prune(plan));
    const left = await minio.keys('pruned/');
    expect(left.filter((key) => key.endsWith('.zst'))).toHaveLength(3);
    expect(left.some((key) => key.includes('2025/12/10/12'))).toBe(true);
    expect((await verifyBucket(settings)).findings).toEqual([]);
  });

  test('wrong credentials are said by name; with the right ones it goes on by itself', async ({ expect }) => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'not-the-secret';
    try {
      await using archive = await openArchive(bucket('credentials'));
      archive.archive.tap(numbered(1));
      await expect.poll(async () => (await archive.status()).lastError, patience).toContain('SignatureDoesNotMatch');
      process.env['AWS_SECRET_ACCESS_KEY'] = minioEnvironment.AWS_SECRET_ACCESS_KEY;
      await expect.poll(() => uploaded(archive), patience).toBe(1);
    } finally {
      process.env['AWS_SECRET_ACCESS_KEY'] = minioEnvironment.AWS_SECRET_ACCESS_KEY;
    }
  });

  test('a MinIO that is killed, and a gateway that ends before it is back: everything is there once', async ({
    expect,
  }) => {
    const settings = bucket('killed');
    const folder = newFolder();
    await using first = await openArchive(settings, folder);
    for (let number = 0; number < 10; number++) first.archive.tap(numbered(number));
    await expect.poll(() => uploaded(first), patience).toBe(10);
    await minio.kill();
    for (let number = 10; number < 20; number++) first.archive.tap(numbered(number));
    await expect.poll(async () => (await first.status()).lastError, patience).toContain('ECONNREFUSED');
    await first.stop();
    expect(readdirSync(join(folder, 'traces')).every((name) => name.endsWith('.zst'))).toBe(true);
    await minio.start();
    await using second = await openArchive(settings, folder);
    await expect.poll(() => uploaded(second), patience).toBe(10);
    expect(await verifyBucket(settings)).toMatchObject({ manifests: 1, records: 20, findings: [] });
    expect(readdirSync(join(folder, 'traces'))).toEqual([]);
    expect(statSync(join(folder, 'instance')).size).toBe(9);
  });
});
