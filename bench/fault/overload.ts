import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { limits } from '../../src/engine/domain/limits.ts';
import { mebibytes, residentBytes } from '../support/process-memory.ts';
import { type HomeDaemon, startDaemonAt, until } from './home-daemon.ts';
import { type SenderReport, spansPerRequest } from './overload-sender.ts';

export interface OverloadOptions {
  readonly seconds: number;
  /** The share of the time in which the engine may run. */
  readonly duty: number;
  /** Size of a tmpfs for the spool, as mount(8) takes it; `0`: the spool's own limit of 2 GiB, without mounting. */
  readonly spoolDisk: string;
}

const senderScript = fileURLToPath(new URL('./overload-sender.ts', import.meta.url));
const mebi = 1024 * 1024;
/** What the process takes when idle, and what the limits let it hold: bodies under way and rows that wait for a sync. */
const daemonMost = 256 * mebi + limits.receive.inFlightBytes + limits.spool.waitingBytes;
/** What obs promises at the top rate. */
const engineMost = 1024 * mebi;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const series = (bytes: readonly number[]) => ({
  firstMiB: mebibytes(bytes[0] ?? 0),
  peakMiB: mebibytes(Math.max(...bytes)),
  lastMiB: mebibytes(bytes.at(-1) ?? 0),
});

async function send(
  transport: 'http' | 'grpc',
  url: string,
  inFlight: number,
  seconds: number,
  firstId: number,
): Promise<SenderReport> {
  const child = fork(senderScript, [transport, url, String(inFlight), String(seconds), String(firstId)]);
  const [report] = (await once(child, 'message')) as [SenderReport];
  return report;
}

/** Two senders without mercy against a daemon whose engine is stopped most of the time; then everything is counted. */
export async function overload({ seconds, duty, spoolDisk }: OverloadOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'obs-overload-'));
  cpSync(new URL('../../LICENSE', import.meta.url), join(folder, 'LICENSE'));
  const spoolFolder = join(folder, 'spool');
  if (spoolDisk !== '0') {
    mkdirSync(spoolFolder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${spoolDisk}`, 'tmpfs', spoolFolder]);
  }
  let daemon: HomeDaemon | undefined;
  try {
    daemon = await startDaemonAt(folder);
    return await observe(daemon, seconds, duty);
  } finally {
    await daemon?.stop().catch((error: unknown) => console.error(String(error)));
    if (spoolDisk !== '0') execFileSync('umount', ['-l', spoolFolder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function observe(daemon: HomeDaemon, seconds: number, duty: number) {
  const enginePid = (await daemon.status()).engine.pid ?? 0;

  const memory = { daemon: [] as number[], engine: [] as number[] };
  const over = new AbortController();
  const sampling = (async () => {
    while (!over.signal.aborted) {
      memory.daemon.push(residentBytes(daemon.pid));
      memory.engine.push(residentBytes(enginePid));
      await sleep(1000);
    }
  })();
  const throttling = (async () => {
    while (!over.signal.aborted) {
      process.kill(enginePid, 'SIGSTOP');
      await sleep(1000 * (1 - duty));
      process.kill(enginePid, 'SIGCONT');
      await sleep(1000 * duty);
    }
  })();

  const reports = await Promise.all([
    send('http', daemon.endpoints.otlpHttp, 16, seconds, 1),
    send('grpc', daemon.endpoints.otlpGrpc, 16, seconds, 400_000_000),
  ]);
  over.abort();
  await Promise.all([sampling, throttling]);
  const atEnd = await daemon.status();
  const drainMs = await until('everything is loaded', 600_000, async () => {
    const { ready, spool } = await daemon.status();
    return ready && spool.segments === 0;
  });
  const [row] = await daemon.rows<{ rows: string; marked: string; distinct: string }>(
    `SELECT count() AS rows, countIf(SpanName != 'request 999999998') AS marked,
  uniqExactIf(SpanName, SpanName != 'request 999999998') AS distinct FROM otel_traces WHERE ServiceName = 'fault-kill'`,
  );
  const stored = { rows: Number(row?.rows), marked: Number(row?.marked), distinct: Number(row?.distinct) };
  const names = await daemon.rows<{ id: string }>(
    `SELECT replaceOne(SpanName, 'request ', '') AS id FROM otel_traces WHERE ServiceName = 'fault-kill' AND SpanName != 'request 999999998'`,
  );
  const found = new Set(names.map(({ id }) => Number(id)));
  const after = await daemon.status();

  const transports = (['http', 'grpc'] as const).map((name, index) => {
    const report = reports[index]!;
    const refused = sum(Object.values(report.refused));
    return {
      name,
      sent: report.sent,
      acknowledged: report.acknowledged.length,
      refused,
      answers: report.refused,
      unanswered: report.unanswered,
      lost: report.acknowledged.filter((id) => !found.has(id)).length,
    };
  });
  const acknowledged = sum(transports.map((t) => t.acknowledged));
  const unanswered = sum(transports.map((t) => t.unanswered));
  const refused = sum(transports.map((t) => t.refused));
  const counted = {
    refusedByDaemon: after.refusedRequests,
    refusedByDaemonTotal: sum(Object.values(after.refusedRequests)),
    receivedSpans: after.received.traces,
  };
  const checks = {
    'nothing acknowledged is missing': transports.every(({ lost }) => lost === 0),
    'nothing is there twice': stored.marked === stored.distinct,
    'rows in the table = rows acknowledged': stored.rows === acknowledged * spansPerRequest || unanswered > 0,
    'sent = acknowledged + refused + unanswered': transports.every(
      (t) => t.sent === t.acknowledged + t.refused + t.unanswered,
    ),
    'refusals heard = refusals counted by the daemon': refused === counted.refusedByDaemonTotal,
    'spans acknowledged = spans counted as received':
      acknowledged * spansPerRequest === counted.receivedSpans || unanswered > 0,
    'every refusal says when to come again': transports.every((t) =>
      Object.keys(t.answers).every((answer) => /Retry-After: \d|, RetryInfo/.test(answer)),
    ),
    'memory is bounded': Math.max(...memory.daemon) <= daemonMost && Math.max(...memory.engine) <= engineMost,
    'no restart': after.engine.restarts === 0,
  };
  return {
    seconds,
    offeredToTaken: (acknowledged + refused) / acknowledged,
    transports,
    stored,
    counted,
    spoolAtEnd: atEnd.spool,
    drainMs: Math.round(drainMs),
    memory: { daemon: series(memory.daemon), engine: series(memory.engine) },
    checks,
  };
}
