/**
 * `npm run bench:ingest`: what a CPU-second of the whole daemon (both processes) makes durable and queryable, rollups
 * included, from the socket on; beside it a Collector that only receives. Then how soon a request is answered and can be
 * queried at half of that rate, what each stage reaches alone, and with `--memory-minutes 10` what memory it takes.
 *
 *   --seconds 10  --connections 8  --signals traces,logs,metrics  --transports http-protobuf,grpc,…
 *   --latency-rate SPANS-A-SECOND (else half of the top rate)
 *   --only throughput,collector,latency,alone,memory  --memory-minutes 10  --collector FILE  --json
 */
import { parseArgs } from 'node:util';
import { signals } from '../src/engine/domain/signals.ts';
import { findComponent, titleWith } from '../test/real/components.ts';
import { type Alone, measureAlone } from './ingest/alone.ts';
import { measureCollector } from './ingest/collector.ts';
import { type Latency, measureLatency } from './ingest/latency.ts';
import { itemNames, transports } from './ingest/loads.ts';
import { measureMemory, type Memory, plotOf } from './ingest/memory.ts';
import { measureThroughput, type Throughput } from './ingest/throughput.ts';
import { printTable } from './support/report.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '8' },
    signals: { type: 'string', default: signals.join(',') },
    transports: { type: 'string', default: transports.join(',') },
    only: { type: 'string', default: 'throughput,collector,latency,alone,memory' },
    'latency-rate': { type: 'string' },
    'memory-minutes': { type: 'string', default: '0' },
    collector: { type: 'string' },
  },
});
const options = { seconds: Number(values.seconds), connections: Number(values.connections) };
const chosenSignals = signals.filter((signal) => values.signals.split(',').includes(signal));
const chosenTransports = transports.filter((transport) => values.transports.split(',').includes(transport));
const sections = values.only.split(',');
const minutes = Number(values['memory-minutes']);

const throughput: Throughput[] = [];
if (sections.includes('throughput')) {
  for (const signal of chosenSignals) {
    for (const transport of chosenTransports) throughput.push(await measureThroughput(signal, transport, options));
  }
}
const binary = values.collector ?? findComponent('collector');
const collector =
  sections.includes('collector') && binary !== undefined
    ? await measureCollector(binary, chosenSignals, options)
    : new Map<never, number>();
const alone: Alone[] = [];
if (sections.includes('alone')) for (const signal of chosenSignals) alone.push(await measureAlone(signal));
let latency: Latency | null = null;
if (sections.includes('latency')) {
  const given = values['latency-rate'];
  const top =
    given !== undefined
      ? Number(given) * 2
      : (rateOf('traces') ?? (await measureThroughput('traces', 'http-protobuf', options)).perSecond);
  latency = await measureLatency(top / 2, options.seconds * 2);
}
const memory = sections.includes('memory') && minutes > 0 ? await measureMemory(minutes, options) : null;

function rateOf(signal: string): number | undefined {
  return throughput.find((run) => run.signal === signal && run.transport === 'http-protobuf')?.perSecond;
}

if (values.json) {
  console.log(
    JSON.stringify({ ...options, throughput, collector: Object.fromEntries(collector), alone, latency, memory }),
  );
} else {
  if (throughput.length > 0) printThroughput();
  if (sections.includes('collector') && binary === undefined) console.log(`${titleWith('collector', 'ratio')}\n`);
  if (alone.length > 0) printAlone(alone);
  if (latency !== null) printLatency(latency);
  if (memory !== null) printMemory(memory);
}

function whole(value: number | undefined): string {
  return value === undefined ? '' : Math.round(value).toLocaleString('en');
}

function printThroughput(): void {
  printTable(
    [
      'signal',
      'transport',
      'per CPU-s',
      'of HTTP protobuf',
      'Collector',
      'ratio',
      'items',
      'items/s',
      'refused',
      'bytes',
    ],
    throughput.map((run) => {
      const base = throughput.find((other) => other.signal === run.signal && other.transport === transports[0]);
      const theirs = run.transport === transports[0] ? collector.get(run.signal as never) : undefined;
      return [
        itemNames[run.signal],
        run.transport,
        whole(run.perCpuSecond),
        base === undefined ? '' : `${Math.round((100 * run.perCpuSecond) / base.perCpuSecond)} %`,
        whole(theirs),
        theirs === undefined ? '' : (run.perCpuSecond / theirs).toFixed(2),
        whole(run.items),
        whole(run.perSecond),
        String(run.refused),
        whole(run.requestBytes),
      ];
    }),
  );
  console.log();
}

/** Decoding and one insert cannot be saved: their sum is what the machine allows before receiving, syncing and merging. */
function printAlone(all: readonly Alone[]): void {
  printTable(
    [
      'alone',
      'decode per CPU-s',
      'insert per CPU-s',
      'one merge per CPU-s',
      'sync per s',
      'decode + insert',
      'reached',
    ],
    all.map((one) => {
      const bound = 1 / (1 / one.decodePerCpuSecond + 1 / one.insertPerCpuSecond);
      const run = throughput.find((other) => other.signal === one.signal && other.transport === transports[0]);
      return [
        itemNames[one.signal],
        whole(one.decodePerCpuSecond),
        whole(one.insertPerCpuSecond),
        whole(one.mergePerCpuSecond),
        whole(one.syncPerSecond),
        whole(bound),
        run === undefined ? '' : `${Math.round((100 * run.perCpuSecond) / bound)} %`,
      ];
    }),
  );
  console.log();
}

function printLatency({ requestsPerSecond, requests, refused, answerMs, syncMs, queryableMs }: Latency): void {
  console.log(
    `requests of 500 spans at half of the top rate: ${whole(requestsPerSecond)}/s, ${requests} taken, ${refused} refused`,
  );
  printTable(
    ['ms', 'p50', 'p99', ''],
    [
      ['answer', answerMs.p50.toFixed(1), answerMs.p99.toFixed(1), 'waiting for a free connection included'],
      ['fdatasync beside it', syncMs.p50.toFixed(1), syncMs.p99.toFixed(1), 'same bytes, same disk'],
      ['answer to queryable', whole(queryableMs.p50), whole(queryableMs.p99), ''],
    ],
  );
  console.log();
}

function printMemory(memory: Memory): void {
  console.log(plotOf(memory.seriesMb));
  console.log(
    `\nMemory of both processes (shared pages once): idle ${whole(memory.idleMb)} MB, at top rate for ${memory.minutes} min at most ` +
      `${whole(memory.highestMb)} MB, ${memory.slopeMbPerMinute.toFixed(1)} MB a minute in the second half, ` +
      `${whole(memory.afterMb)} MB ten seconds after; ${whole(memory.spans)} spans, ${memory.refused} requests refused, ` +
      `${whole(memory.perCpuSecond)} spans a CPU-second with all merges of that time`,
  );
}
