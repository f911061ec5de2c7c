import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import grpc from '@grpc/grpc-js';
import { type HomeDaemon, startDaemonAt, until } from './home-daemon.ts';
import { spansRequest } from './requests.ts';

const mebi = 1024 * 1024;
const rowsEach = 200;

/** "Suddenly" leaves nothing from one moment to the next, so that writes themselves fail. */
export const fullDisks = ['spool', 'spool, suddenly', 'store'] as const;
export type FullDisk = (typeof fullDisks)[number];

/** Why no small disk can be had here; `null` where it can. */
export function whyNoMount(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'obs-mount-'));
  const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  if (status === 0) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return status === 0 ? null : `needs the right to mount a tmpfs${error === undefined ? '' : ` (${error.message})`}`;
}

export interface DiskOutcome {
  readonly disk: string;
  readonly acknowledged: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly stored: number;
  /** From the moment there was space until a request was taken, and until all that was acknowledged was in the table. */
  readonly takenAfterMs: number;
  readonly loadedAfterMs: number;
  readonly engineRestarts: number;
  readonly warned: string;
  readonly verdict: string;
}

/** A disk of 400 MiB of its own for the spool or the store, which fills up under load and is emptied again. */
export async function fillDisk(disk: FullDisk): Promise<DiskOutcome> {
  const home = mkdtempSync(join(tmpdir(), 'obs-disk-full-'));
  const mounted = join(home, disk === 'store' ? 'store' : 'spool');
  mkdirSync(mounted, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', mounted]);
  let daemon: HomeDaemon | undefined;
  try {
    daemon = await startDaemonAt(home);
    const on = daemon;
    const tally = { requests: 0, acknowledged: 0, refusals: {} as Record<string, number> };
    const send = async (): Promise<boolean> => {
      const answer = await sendOne(on, tally.requests++);
      if (answer === null) tally.acknowledged += 1;
      else tally.refusals[answer] = (tally.refusals[answer] ?? 0) + 1;
      return answer === null;
    };
    for (let n = 0; n < 20; n++) await send();
    // "Suddenly": nothing left from one moment to the next, so that writes themselves fail.
    const ballast = join(mounted, 'ballast');
    const leave = disk === 'spool, suddenly' ? 0 : disk === 'store' ? 64 * 1024 : 128 * mebi;
    fillUp(mounted, ballast, leave);
    for (let n = 0; n < 60; n++) await send();
    const during = await on.status();
    if (disk === 'store') {
      // The spool takes what the store cannot; the loader tries again.
      await until('the loader is told that there is no space', 30_000, async () => {
        fillUp(mounted, `${ballast}-2`, 0);
        await send();
        return (await on.status()).engine.status?.loader.lastError != null;
      });
    }
    const warned =
      [...during.warnings, ...(await on.status()).warnings].find((text) => /left|wait to be loaded/.test(text)) ?? '';
    for (const file of [ballast, `${ballast}-2`]) rmSync(file, { force: true });
    const takenAfterMs = await until('a request is taken again', 30_000, send);
    for (let n = 0; n < 20; n++) await send();
    const count = async (): Promise<number> =>
      Number(
        (
          await on.rows<{ n: string }>(
            "SELECT uniqExact(SpanName, SpanId) * (count() = uniqExact(SpanName, SpanId)) AS n FROM otel_traces WHERE ServiceName = 'fault-kill'",
          )
        )[0]?.n,
      );
    const loadedAfterMs = await until(
      'all is loaded',
      60_000,
      async () => (await count()) >= tally.acknowledged * rowsEach,
    ).catch(() => Number.NaN);
    const stored = await count();
    const engineRestarts = (await on.status()).engine.restarts;
    const refusedWell = Object.keys(tally.refusals).every((answer) => answer.endsWith(', comes again'));
    const expectsRefusals = disk !== 'store';
    const good =
      stored === tally.acknowledged * rowsEach &&
      refusedWell &&
      engineRestarts === 0 &&
      (!expectsRefusals || Object.keys(tally.refusals).length > 0) &&
      warned !== '';
    return {
      disk,
      acknowledged: tally.acknowledged * rowsEach,
      refusals: tally.refusals,
      stored,
      takenAfterMs: Math.round(takenAfterMs),
      loadedAfterMs: Math.round(loadedAfterMs),
      engineRestarts,
      warned,
      verdict: good ? 'ok' : 'NOT OK',
    };
  } finally {
    await daemon?.stop().catch((error: unknown) => console.error(String(error)));
    execFileSync('umount', ['-l', mounted]);
    rmSync(home, { recursive: true, force: true });
  }
}

/** Leaves so many bytes free. */
function fillUp(folder: string, file: string, leaveBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const bytes = bavail * bsize - leaveBytes;
  try {
    if (bytes > 0) writeFileSync(file, Buffer.alloc(bytes));
  } catch {
    // It is full, which is what was wanted.
  }
}

/** `null` when it is acknowledged, else the refusal in words. HTTP and gRPC in turns. */
async function sendOne(daemon: HomeDaemon, request: number, unixMs = Date.now()): Promise<string | null> {
  const body = Buffer.from(spansRequest(request, rowsEach, unixMs));
  if (request % 2 === 0) {
    const headers = { 'content-type': 'application/x-protobuf' };
    const answer = await fetch(`${daemon.endpoints.otlpHttp}/v1/traces`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    if (answer.ok) return null;
    return `${answer.status}, ${answer.headers.has('retry-after') ? 'comes again' : 'NO Retry-After'}`;
  }
  const client = new grpc.Client(new URL(daemon.endpoints.otlpGrpc).host, grpc.credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, same, same, body, (error) => {
      client.close();
      if (error === null) return resolve(null);
      const details = error.metadata.get('grpc-status-details-bin')[0]?.toString() ?? '';
      return resolve(`${grpc.status[error.code]}, ${details.includes('RetryInfo') ? 'comes again' : 'NO RetryInfo'}`);
    });
  });
}

export interface CapOutcome {
  readonly capBytes: number;
  readonly sent: number;
  readonly daysSent: number;
  readonly daysLeft: number;
  readonly evictedRows: number;
  readonly logged: boolean;
  readonly inOwnMetrics: boolean;
  readonly verdict: string;
}

/**
 * Five days of spans under a cap that one day alone nearly fills.
 * @param when the cap is looked at every 30 s, and at each start, which a test need not wait for
 */
export async function fillToTheCap(when: 'in time' | 'at a start' = 'in time'): Promise<CapOutcome> {
  const home = mkdtempSync(join(tmpdir(), 'obs-disk-cap-'));
  const capBytes = 60 * 1024;
  writeFileSync(join(home, 'obs.yaml'), `store:\n  diskCap: ${capBytes}B\n`);
  let daemon = await startDaemonAt(home);
  const days = 5;
  let sent = 0;
  try {
    for (let day = 0; day < days; day++) {
      for (let n = 0; n < 20; n++) {
        const refusal = await sendOne(daemon, 2 * (day * 20 + n), Date.now() - day * 24 * 3600 * 1000);
        if (refusal === null) sent += rowsEach;
      }
    }
    if (when === 'at a start') {
      await until('all is loaded', 30_000, async () => (await daemon.status()).spool.segments === 0);
      await daemon.stop();
      daemon = await startDaemonAt(home);
    }
    await until('the cap drops days', 90_000, async () => (await daemon.status()).engine.evicted.rows > 0);
    const evictedRows = (await daemon.status()).engine.evicted.rows;
    const left = await daemon.rows<{ n: string }>(
      "SELECT uniqExact(toDate(Timestamp)) AS n FROM otel_traces WHERE ServiceName = 'fault-kill'",
    );
    const logged = readFileSync(join(home, 'run', 'daemon.log'), 'utf8').includes('disk cap of');
    const inOwnMetrics = await until('its own metrics say it', 30_000, async () => {
      const rows = await daemon.rows<{ n: string }>(
        "SELECT max(Value) AS n FROM otel_metrics_sum WHERE MetricName = 'obs.store.evicted'",
      );
      return Number(rows[0]?.n) > 0;
    }).then(
      () => true,
      () => false,
    );
    const daysLeft = Number(left[0]?.n);
    const good = daysLeft < days && daysLeft > 0 && logged && inOwnMetrics;
    return {
      capBytes,
      sent,
      daysSent: days,
      daysLeft,
      evictedRows,
      logged,
      inOwnMetrics,
      verdict: good ? 'ok' : 'NOT OK',
    };
  } finally {
    await daemon.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
