/**
 * What the analyzer costs: a fleet of services is sent to two daemons one after the other, one with its analyzer and one
 * without, and the CPU time and memory of their processes are compared.
 * `npm run bench:analyzer [-- --services 200 --operations 1 --minutes 5 --calls 1 --json]`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fleetSecond, type FleetOptions } from '../test/support/fleet.ts';
import { protobufOfJson } from '../test/support/otlp-proto.ts';
import { amount, count, readFlags } from './support/flags.ts';
import { type OwnDaemon, startOwnDaemon } from './support/own-daemon.ts';
import { forgetPeak, mebibytes, peakBytes, residentBytes } from './support/process-memory.ts';
import { cpuSecondsOf } from './support/process-usage.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({
  services: count(200),
  operations: count(1),
  gauges: count(3, 0),
  minutes: amount(5),
  warmup: amount(1),
  calls: amount(1),
});

const fleet: FleetOptions = {
  services: flags.services,
  operations: flags.operations,
  gauges: flags.gauges,
  callsPerSecond: flags.calls,
  seed: 1,
};

async function sendSecond(daemon: OwnDaemon, unixMs: number): Promise<number> {
  const second = fleetSecond(fleet, unixMs);
  const post = async (signal: 'traces' | 'logs' | 'metrics', body: object): Promise<void> => {
    const answer = await fetch(`${daemon.endpoints.otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(protobufOfJson(signal, body)),
    });
    if (!answer.ok) throw new Error(`${signal}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  };
  await Promise.all([
    post('traces', second.traces),
    post('logs', second.logs),
    ...(second.metrics === null ? [] : [post('metrics', second.metrics)]),
  ]);
  return second.spans;
}

async function sendFor(daemon: OwnDaemon, minutes: number): Promise<number> {
  let spans = 0;
  const from = Date.now();
  for (let second = 0; second < minutes * 60; second++) {
    await sleep(Math.max(0, from + second * 1000 - Date.now()));
    spans += await sendSecond(daemon, from + second * 1000 - 1000);
  }
  return spans;
}

async function measure(enabled: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'obs-bench-analyzer-'));
  writeFileSync(join(folder, 'obs.yaml'), `analyze: { enabled: ${enabled} }\n`);
  const daemon = startOwnDaemon(folder);
  try {
    await sendFor(daemon, flags.warmup);
    const before = await daemon.status();
    const pids = { daemon: before.pid, engine: before.engine.pid ?? 0, analyzer: before.analyzer.pid ?? 0 };
    const cpu = () => ({
      daemon: cpuSecondsOf(pids.daemon),
      engine: cpuSecondsOf(pids.engine),
      analyzer: enabled ? cpuSecondsOf(pids.analyzer) : 0,
    });
    if (enabled) forgetPeak(pids.analyzer);
    const cpuBefore = cpu();
    const began = performance.now();
    const spans = await sendFor(daemon, flags.minutes);
    const seconds = (performance.now() - began) / 1000;
    const cpuAfter = cpu();
    const status = await daemon.status();
    return {
      enabled,
      spans,
      seconds,
      share: {
        daemon: (cpuAfter.daemon - cpuBefore.daemon) / seconds,
        engine: (cpuAfter.engine - cpuBefore.engine) / seconds,
        analyzer: (cpuAfter.analyzer - cpuBefore.analyzer) / seconds,
      },
      memory: enabled
        ? { now: mebibytes(residentBytes(pids.analyzer)), peak: mebibytes(peakBytes(pids.analyzer)) }
        : null,
      engineMemory: mebibytes(residentBytes(pids.engine)),
      scored: status.analyzer.status?.windows.scored ?? 0,
      behindMs: status.analyzer.status?.behindMs ?? 0,
      series: status.analyzer.status?.series ?? 0,
      problems: status.analyzer.status?.problems ?? {},
      anomalies: status.analyzer.status?.open.anomalies ?? 0,
    };
  } finally {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const without = await measure(false);
const withIt = await measure(true);
const coreShare =
  withIt.share.analyzer + (withIt.share.engine - without.share.engine) + (withIt.share.daemon - without.share.daemon);
if (flags.json) {
  console.log(JSON.stringify({ fleet, without, with: withIt, coreShare }));
} else {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  printTable(
    ['share of one core', 'daemon', 'engine', 'analyzer', 'memory of analyzer now / peak'],
    [without, withIt].map(({ enabled, share, memory }) => [
      enabled ? 'with analyzer' : 'without',
      percent(share.daemon),
      percent(share.engine),
      percent(share.analyzer),
      memory === null ? '-' : `${memory.now} / ${memory.peak} MiB`,
    ]),
  );
  console.log(
    `\n${fleet.services} services, ${withIt.series} series, ${withIt.scored} windows scored, ${withIt.spans} spans: the analyzer costs ` +
      `${percent(coreShare)} of one core, what it makes the engine do included; ${withIt.behindMs} ms behind`,
  );
  for (const [part, why] of Object.entries(withIt.problems)) console.log(`  could not ${part}: ${why}`);
}
