/**
 * `npm run fault:overload -- [--minutes 5] [--duty 0.1] [--spool-disk 500m] [--json]`: two senders, HTTP and gRPC, that come again at once when
 * they are refused, while the engine may run only a part of the time (it is stopped and continued), so that far more comes
 * than can be loaded, into a spool on a disk of its own (`--spool-disk`, tmpfs, where that may be mounted; `0`: the limit of
 * 2 GiB). Then it may run, and everything acknowledged is looked for in the table.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startDaemonAt, until } from './fault/home-daemon.ts';
import { type SenderReport, spansPerRequest } from './fault/overload-sender.ts';
import { printTable } from './support/report.ts';
import { mebibytes, residentBytes } from './support/process-memory.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    duty: { type: 'string', default: '0.1' },
    'spool-disk': { type: 'string', default: '500m' },
    json: { type: 'boolean' },
  },
});
const seconds = Number(values.minutes) * 60;
const senderScript = fileURLToPath(new URL('./fault/overload-sender.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'obs-overload-'));
cpSync(new URL('../LICENSE', import.meta.url), join(folder, 'LICENSE'));
const spoolDisk = values['spool-disk'];
const spoolFolder = join(folder, 'spool');
if (spoolDisk !== '0') {
  mkdirSync(spoolFolder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${spoolDisk}`, 'tmpfs', spoolFolder]);
}
const daemon = await startDaemonAt(folder);
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
  const duty = Number(values.duty);
  while (!over.signal.aborted) {
    process.kill(enginePid, 'SIGSTOP');
    await sleep(1000 * (1 - duty));
    process.kill(enginePid, 'SIGCONT');
    await sleep(1000 * duty);
  }
})();

async function send(transport: 'http' | 'grpc', url: string, inFlight: number, firstId: number): Promise<SenderReport> {
  const child = fork(senderScript, [transport, url, String(inFlight), String(seconds), String(firstId)]);
  const [report] = (await once(child, 'message')) as [SenderReport];
  return report;
}

const reports = await Promise.all([
  send('http', daemon.endpoints.otlpHttp, 16, 1),
  send('grpc', daemon.endpoints.otlpGrpc, 16, 400_000_000),
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
await daemon.stop();
if (spoolDisk !== '0') execFileSync('umount', ['-l', spoolFolder]);
rmSync(folder, { recursive: true, force: true });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
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
const series = (bytes: readonly number[]) => ({
  firstMiB: mebibytes(bytes[0] ?? 0),
  peakMiB: mebibytes(Math.max(...bytes)),
  lastMiB: mebibytes(bytes.at(-1) ?? 0),
});
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
  'no restart': after.engine.restarts === 0,
};
const result = {
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
if (values.json === true) console.log(JSON.stringify(result, null, 2));
else {
  printTable(
    ['transport', 'sent', 'acknowledged', 'refused', 'unanswered', 'lost', 'refusals'],
    transports.map((t) => [
      t.name,
      ...[t.sent, t.acknowledged, t.refused, t.unanswered, t.lost].map(String),
      JSON.stringify(t.answers),
    ]),
  );
  console.log(JSON.stringify({ ...result, transports: undefined, checks: undefined }, null, 1));
  for (const [name, holds] of Object.entries(checks)) console.log(`${holds ? 'ok    ' : 'NOT OK'} ${name}`);
}
if (!Object.values(checks).every(Boolean)) process.exitCode = 1;
