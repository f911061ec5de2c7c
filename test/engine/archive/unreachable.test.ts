import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveOverview, describeArchive } from '../../../src/engine/daemon/archive-overview.ts';
import { examine } from '../../../src/engine/daemon/doctor/doctor.ts';
import { queueStem } from '../../../src/engine/store/archive/archive-key.ts';
import { archiveOn, hasMinio, minioEnvironment, startMinio } from '../../support/minio.ts';

describe('an archive whose bucket does not answer', () => {
  let home: string;
  let silent: Server;
  beforeEach(async () => {
    Object.assign(process.env, minioEnvironment);
    home = mkdtempSync(join(tmpdir(), 'obs-archive-'));
    mkdirSync(join(home, 'archive', 'traces'), { recursive: true });
    writeFileSync(join(home, 'archive', 'traces', `${queueStem(1_769_169_600_000, 7)}.zst`), 'waits');
    silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterEach(() => {
    silent.close();
    rmSync(home, { recursive: true });
  });
  const silentEndpoint = (): string => `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
  /** Nothing listens there any more. */
  const closedEndpoint = async (): Promise<string> => {
    const endpoint = silentEndpoint();
    silent.close();
    await once(silent, 'close');
    return endpoint;
  };
  const look = (endpoint: string) =>
    Effect.runPromise(archiveOverview(archiveOn(endpoint), { OBS_HOME: home }, Date.now(), 200));

  test('is shown all the same: the queue here, and why the bucket cannot be reached', async () => {
    const overview = await look(await closedEndpoint());
    expect(overview).toMatchObject({
      holdings: null,
      unreachable: expect.stringContaining('ECONNREFUSED'),
      queue: { bytes: 5 },
      daemon: null,
    });
    const text = describeArchive(overview, Date.now());
    expect(text).toMatch(/Bucket {3}not reachable \(.*ECONNREFUSED/);
    expect(text).toContain('5 B on disk');
    expect(text).toContain('Daemon   none that archives is running');
  });

  test('is given up on when it is silent', async () => {
    const overview = await look(silentEndpoint());
    expect(overview.holdings).toBeNull();
    expect(overview.unreachable).toMatch(/time/i);
  });

  const doctor = async (endpoint: string): Promise<unknown> => {
    writeFileSync(
      join(home, 'obs.yaml'),
      `archive: { bucket: telemetry, endpoint: '${endpoint}', region: us-east-1, prefix: obs }`,
    );
    const findings = await Effect.runPromise(examine({ OBS_HOME: home }, home));
    return findings.filter(({ check }) => check === 'archive');
  };

  test('is a problem that the doctor finds', async () => {
    expect(await doctor(await closedEndpoint())).toMatchObject([
      {
        verdict: 'problem',
        detail: expect.stringContaining('ECONNREFUSED'),
        advice: expect.stringContaining('archive.endpoint'),
      },
    ]);
  });

  test.skipIf(!hasMinio)('and none where it answers', async () => {
    await using minio = await startMinio();
    expect(await doctor(minio.endpoint)).toMatchObject([
      { verdict: 'ok', detail: expect.stringContaining('holds nothing yet') },
    ]);
  });
});
