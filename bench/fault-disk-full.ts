/**
 * `npm run fault:disk-full -- [--json]`: the spool, then the store, each on a small disk of its own (tmpfs; needs the right
 * to mount) that fills up under load. Senders must be told to come again, nothing acknowledged may be lost, and it must go
 * on by itself once there is space. At last the disk cap: the oldest days go, and it is said.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import { type HomeDaemon, startDaemonAt, until } from './fault/home-daemon.ts';
import { spansRequest } from './fault/requests.ts';
import { printTable } from './support/report.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const mebi = 1024 * 1024;
const rowsEach = 200;

interface Outcome {
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

const outcomes: Outcome[] = [];
for (const disk of ['spool', 'spool, suddenly', 'store'] as const) outcomes.push(await fillDisk(disk));
const evicted = await fillToTheCap();

async function fillDisk(disk: 'spool' | 'spool, suddenly' | 'store'): Promise<Outcome> {
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

interface CapOutcome {
  readonly capBytes: number;
  readonly daysSent: number;
  readonly daysLeft: number;
  readonly evictedRows: number;
  readonly logged: boolean;
  readonly inOwnMetrics: boolean;
  readonly verdict: string;
}

/** Five days of spans under a cap that one day alone nearly fills. */
async function fillToTheCap(): Promise<CapOutcome> {
  const home = mkdtempSync(join(tmpdir(), 'obs-disk-cap-'));
  const capBytes = 60 * 1024;
  writeFileSync(join(home, 'obs.yaml'), `store:\n  diskCap: ${capBytes}B\n`);
  const daemon = await startDaemonAt(home);
  const days = 5;
  try {
    for (let day = 0; day < days; day++) {
      for (let n = 0; n < 20; n++) await sendOne(daemon, 2 * (day * 20 + n), Date.now() - day * 24 * 3600 * 1000);
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
    return { capBytes, daysSent: days, daysLeft, evictedRows, logged, inOwnMetrics, verdict: good ? 'ok' : 'NOT OK' };
  } finally {
    await daemon.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

if (values.json === true) console.log(JSON.stringify({ outcomes, evicted }, null, 2));
else {
  printTable(
    [
      'full disk',
      'rows acknowledged',
      'stored',
      'taken after ms',
      'loaded after ms',
      'restarts',
      'verdict',
      'refusals; warning',
    ],
    outcomes.map((o) => [
      o.disk,
      ...[o.acknowledged, o.stored, o.takenAfterMs, o.loadedAfterMs, o.engineRestarts].map(String),
      o.verdict,
      `${JSON.stringify(o.refusals)}; ${o.warned}`,
    ]),
  );
  console.log(JSON.stringify(evicted));
}
if ([...outcomes, evicted].some(({ verdict }) => verdict !== 'ok')) process.exitCode = 1;
