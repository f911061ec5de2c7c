/**
 * `npm run bench:ingest`: items per CPU-second of the whole daemon (both processes), from the socket until they are
 * queryable: received, decoded, synced, loaded, rollups included. OTLP/HTTP protobuf; spans: 500 a request with 15
 * attributes and 5 of the resource; logs: 1,000 of 300 B with 8; points: 1,000, a quarter of them 10-bucket histograms.
 */
import { parseArgs } from 'node:util';
import { Agent, request } from 'node:http';
import type { Signal } from '../src/engine/domain/signals.ts';
import { logsRequest, metricsRequest, tracesRequest } from '../test/support/otlp-payloads.ts';
import { startOwnDaemon, type OwnDaemon } from './support/own-daemon.ts';
import { printTable } from './support/report.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '8' },
  },
});
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const distinct = 32;

const loads: readonly { signal: Signal; items: number; body: (seed: number, startUnixMs: number) => Uint8Array }[] = [
  { signal: 'traces', items: 500, body: (seed, startUnixMs) => tracesRequest({ seed, startUnixMs, services: 4 }) },
  { signal: 'logs', items: 1000, body: (seed, startUnixMs) => logsRequest({ seed, startUnixMs }) },
  { signal: 'metrics', items: 1000, body: (seed, startUnixMs) => metricsRequest({ seed, startUnixMs }) },
];

interface Result {
  readonly signal: Signal;
  readonly items: number;
  readonly cpuSeconds: number;
  readonly perCpuSecond: number;
  readonly perSecond: number;
  readonly refused: number;
  readonly requestBytes: number;
}

const results: Result[] = [];
for (const load of loads) {
  const daemon = startOwnDaemon();
  try {
    results.push(await measure(daemon, load));
  } finally {
    daemon.stop();
  }
}

async function measure(daemon: OwnDaemon, load: (typeof loads)[number]): Promise<Result> {
  const bodies = Array.from({ length: distinct }, (_, seed) => load.body(seed, Date.now()));
  const url = new URL(`/v1/${load.signal}`, daemon.endpoints.otlpHttp);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  await send(agent, url, bodies[0] ?? new Uint8Array());
  await allStored(daemon, load.signal, load.items);
  const cpuBefore = await daemon.cpuSeconds();
  const start = performance.now();
  let sent = 0;
  let refused = 0;
  const sender = async (): Promise<void> => {
    while (performance.now() - start < seconds * 1000) {
      const status = await send(agent, url, bodies[sent % distinct] ?? new Uint8Array());
      if (status === 200) sent += 1;
      else refused += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
  await allStored(daemon, load.signal, (sent + 1) * load.items);
  const wallSeconds = (performance.now() - start) / 1000;
  const cpuSeconds = (await daemon.cpuSeconds()) - cpuBefore;
  agent.destroy();
  const items = sent * load.items;
  return {
    signal: load.signal,
    items,
    cpuSeconds,
    perCpuSecond: items / cpuSeconds,
    perSecond: items / wallSeconds,
    refused,
    requestBytes: bodies[0]?.length ?? 0,
  };
}

function send(agent: Agent, url: URL, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
    });
    call.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end(body);
  });
}

async function allStored(daemon: OwnDaemon, signal: Signal, expected: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const { stored } = await daemon.status();
    if ((stored?.[signal] ?? 0) >= expected) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not all ${signal} came into the store within a minute`);
}

if (values.json) {
  console.log(JSON.stringify({ seconds, connections, results }));
} else {
  printTable(
    ['signal', 'items', 'CPU-s', 'items per CPU-s', 'items/s', 'refused', 'bytes a request'],
    results.map((r) => [
      r.signal,
      r.items.toLocaleString('en'),
      r.cpuSeconds.toFixed(2),
      Math.round(r.perCpuSecond).toLocaleString('en'),
      Math.round(r.perSecond).toLocaleString('en'),
      String(r.refused),
      r.requestBytes.toLocaleString('en'),
    ]),
  );
}
