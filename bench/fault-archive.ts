/**
 * Sends to a gateway whose archive's MinIO is killed, slow, refusing and cut off, and which is itself killed, by a seed;
 * then counts what was acknowledged, stored, archived and replayed.
 *
 *     npm run fault:archive -- --rounds 30 --seed 1
 *
 * Exit code 1 when a request is in the archive twice, when one that came in outside the moments before a kill of the
 * gateway is missing, or when a replay adds what is there or leaves out what is not.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VerifyReport } from '../src/engine/store/archive/verify.ts';
import { readObject } from '../src/engine/store/archive/read-object.ts';
import type { ReplayReport } from '../src/engine/replay/replay.ts';
import { startFaultyProxy, type Fault } from '../test/support/faulty-proxy.ts';
import { hasMinio, minioEnvironment, startMinio } from '../test/support/minio.ts';
import { tracesRequest } from '../test/support/otlp-payloads.ts';
import { seededRandom } from '../test/support/random.ts';
import { Gateway } from './fault/archive/gateway.ts';
import { count, endWith, readFlags } from './support/flags.ts';

const flags = readFlags({ rounds: count(20), seed: count(1, 0), spans: count(50) });
if (!hasMinio) {
  process.stderr.write('no MinIO, see docs/real-peers.md\n');
  process.exit(2);
}

const refusal = (status: number, code: string): Fault => ({
  kind: 'answer',
  status,
  body: `<Error><Code>${code}</Code><Message>not now</Message></Error>`,
});
const faults = ['gateway killed', 'MinIO killed', 'slow', 'refused 403', 'overloaded 503', 'cut off'] as const;
const proxyFaults: Partial<Record<(typeof faults)[number], Fault>> = {
  slow: { kind: 'slow', bytesPerSecond: 100_000 },
  'refused 403': refusal(403, 'AccessDenied'),
  'overloaded 503': refusal(503, 'SlowDown'),
  'cut off': { kind: 'cut', afterBytes: 50_000 },
};

const random = seededRandom(flags.seed);
const spans = flags.spans;
const startedAt = Date.now();
await using minio = await startMinio();
await using proxy = await startFaultyProxy(minio.port);
const homes = [mkdtempSync(join(tmpdir(), 'obs-fault-')), mkdtempSync(join(tmpdir(), 'obs-fault-'))];
const [home = '', emptyHome = ''] = homes;
const yaml = (endpoint: string): string =>
  `archive: { bucket: telemetry, endpoint: '${endpoint}', prefix: obs, objectSize: 1MiB, objectAge: 2s }\n`;
writeFileSync(join(home, 'obs.yaml'), yaml(proxy.endpoint));
const gateway = new Gateway(home, minioEnvironment);
await gateway.start();

let sent = 0;
const stopSending = new AbortController();
const acknowledged = new Map<string, number>();
const killedAt: number[] = [];
const sender = async (): Promise<void> => {
  while (!stopSending.signal.aborted) {
    const body = tracesRequest({ seed: (sent += 1), spans, attributes: 8, startUnixMs: startedAt });
    const name = createHash('sha256').update(body).digest('hex');
    if (await gateway.send(body)) acknowledged.set(name, Date.now());
    else await sleep(50);
  }
};
const senders = [sender(), sender()];
const counts: Record<string, number> = {};
for (let round = 0; round < flags.rounds; round++) {
  const fault = random.pick(faults);
  counts[fault] = (counts[fault] ?? 0) + 1;
  proxy.fault = proxyFaults[fault] ?? { kind: 'none' };
  await sleep(500 + random.int(1500));
  if (fault === 'gateway killed') {
    killedAt.push(await gateway.kill());
    await gateway.start();
  } else if (fault === 'MinIO killed') {
    await minio.kill();
    await sleep(500);
    await minio.start();
  }
  proxy.fault = { kind: 'none' };
  process.stderr.write(`round ${round + 1}: ${fault}, ${acknowledged.size} requests acknowledged\n`);
}
stopSending.abort();
await Promise.all(senders);

process.stderr.write('waiting until all is loaded and archived\n');
const status = async () => await gateway.status();
for (;;) {
  const { archive, spool } = await status();
  if (archive !== null && archive.queue.bytes === 0 && spool.rows < 1000) break;
  await sleep(200);
}
const archived = new Map<string, number>();
const objects = (await minio.keys('obs/traces')).filter((key) => key.endsWith('.zst'));
for (const key of objects) {
  for await (const { records } of readObject(await minio.read(key))) {
    for (const { payload } of records) {
      const name = createHash('sha256').update(payload).digest('hex');
      archived.set(name, (archived.get(name) ?? 0) + 1);
    }
  }
}
const missing = [...acknowledged].filter(([name]) => !archived.has(name));
/** A request that came in so shortly before a kill may be lost from the archive: flush, compression, write. */
const excusedMs = 1000;
const unexcused = missing.filter(([, at]) => !killedAt.some((kill) => at <= kill + excusedMs && at > kill - excusedMs));
const doubled = [...archived.values()].filter((count) => count > 1).length;
const verified = JSON.parse(await gateway.run('archive', 'verify', '--json')) as VerifyReport;
const again = JSON.parse(await gateway.run('replay', '--since', '1d', '--json')) as ReplayReport;
const { dropped } = (await status()).archive ?? { dropped: { requests: 0 } };
await gateway.stop();

writeFileSync(join(emptyHome, 'obs.yaml'), yaml(minio.endpoint));
const fresh = new Gateway(emptyHome, minioEnvironment);
await fresh.start();
const first = JSON.parse(await fresh.run('replay', '--since', '1d', '--json')) as ReplayReport;
const second = JSON.parse(await fresh.run('replay', '--since', '1d', '--json')) as ReplayReport;
const distinct = JSON.parse(
  await fresh.run(
    'query',
    `SELECT count() AS n, uniqExact(TraceId, SpanId) AS u, (SELECT sum(Calls) FROM obs_red_1m WHERE ServiceName != 'obs') AS calls FROM otel_traces WHERE ServiceName != 'obs'`,
    '--json',
  ),
) as { n: string; u: string; calls: string };
await fresh.stop();

const clean =
  doubled === 0 &&
  unexcused.length === 0 &&
  verified.findings.length === 0 &&
  again.signals.traces.added === 0 &&
  first.signals.traces.added === archived.size * spans &&
  Number(distinct.n) === archived.size * spans &&
  Number(distinct.calls) === archived.size * spans &&
  second.signals.traces.added === 0;
const result = {
  ...counts,
  'requests acknowledged': acknowledged.size,
  'spans acknowledged': acknowledged.size * spans,
  'requests archived': archived.size,
  'archived twice': doubled,
  'missing, within 1 s before a kill of the gateway': missing.length - unexcused.length,
  'missing otherwise': unexcused.length,
  'left out by a full queue': dropped.requests,
  objects: objects.length,
  'verify findings': verified.findings.length,
  'replay into the same store adds': again.signals.traces.added,
  'replay into an empty store adds': first.signals.traces.added,
  'spans there, in the rollup': `${distinct.n}, ${distinct.calls}`,
  'replay again adds': second.signals.traces.added,
  seconds: Math.round((Date.now() - startedAt) / 1000),
  clean,
};
if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result);
for (const folder of homes) if (clean) rmSync(folder, { recursive: true, force: true });
endWith(clean, acknowledged.size);
