/**
 * What decoding costs, and what the format of the result costs the engine:
 * `node bench/decode.ts [--json] [--seconds 3] [--rows 200000] [--only decode|insert]`.
 * Decoding: requests of `test/support/otlp-payloads.ts` through the encoder, blocks of 10,000 rows taken, CPU of the whole
 * process; protobufjs decodes the same bytes into objects for comparison. Inserting: the same spans from a file of each
 * format into a table without indexes and views, merges stopped, the best of five.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Session } from 'chdb';
import { telemetryTables } from '../src/engine/domain/schema/telemetry.ts';
import { signals, type Signal } from '../src/engine/domain/signals.ts';
import type { Encoding } from '../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../src/engine/otlp/signal-encoder.ts';
import { nativeBlock } from '../test/engine/otlp/support/native.ts';
import * as payloads from '../test/support/otlp-payloads.ts';
import { requestTypes } from '../test/support/otlp-proto.ts';
import { printTable } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '200000' },
    only: { type: 'string' },
  },
});

const receivedUnixMs = Date.UTC(2026, 0, 1) + 60_000;
const blockRows = 10_000;
const makers: Readonly<Record<Signal, (seed: number) => object>> = {
  traces: (seed) => payloads.tracesRequestJson({ seed }),
  logs: (seed) => payloads.logsRequestJson({ seed }),
  metrics: (seed) => payloads.metricsRequestJson({ seed }),
};
const protobufMakers: Readonly<Record<Signal, (seed: number) => Uint8Array>> = {
  traces: (seed) => payloads.tracesRequest({ seed }),
  logs: (seed) => payloads.logsRequest({ seed }),
  metrics: (seed) => payloads.metricsRequest({ seed }),
};
const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);

const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

/** Items per CPU-second: after a round to warm up, the median of as many half-second rounds as fit. */
function itemsPerCpuSecond(round: (index: number) => number): number {
  const rates: number[] = [];
  for (let measured = 0; measured < Number(flags.seconds);) {
    const since = process.cpuUsage();
    let items = 0;
    for (let index = 0; cpuSeconds(since) < 0.5; index++) items += round(index);
    const took = cpuSeconds(since);
    measured += took;
    rates.push(items / took);
  }
  const warm = rates.slice(1).toSorted((a, b) => a - b);
  return Math.round(warm[Math.floor(warm.length / 2)] ?? 0);
}

function decode(signal: Signal, encoding: Encoding | 'protobufjs') {
  const requests = seeds.map((seed) =>
    encoding === 'json' ? Buffer.from(JSON.stringify(makers[signal](seed))) : protobufMakers[signal](seed),
  );
  const request = (index: number): Uint8Array => requests[index % requests.length] as Uint8Array;
  const items = signal === 'traces' ? 500 : 1000;
  const bytes = request(0).length;
  if (encoding === 'protobufjs') {
    const type = requestTypes[signal];
    const rate = itemsPerCpuSecond((index) => (type.decode(request(index)), items));
    return { signal, encoding, bytes, 'items/CPU-s': rate, 'bytes/row': null };
  }
  const encoder = makeSignalEncoder(signal);
  let taken = 0;
  let rows = 0;
  const rate = itemsPerCpuSecond((index) => {
    const { accepted } = encoder.append(request(index), encoding, receivedUnixMs);
    if (encoder.rows >= blockRows) {
      for (const block of encoder.take()) {
        taken += block.body.length;
        rows += block.rows;
      }
    }
    return accepted;
  });
  return { signal, encoding, bytes, 'items/CPU-s': rate, 'bytes/row': Math.round(taken / rows) };
}

const { columns } = telemetryTables.otel_traces;
const structure = columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
const plain = structure.replaceAll('LowCardinality(String)', 'String');

function insertedFrom(): object[] {
  const folder = mkdtempSync(join(tmpdir(), 'obs-bench-decode-'));
  const session = new Session(join(folder, 'store'));
  const file = (name: string): string => join(folder, name);
  const source = (name: string, format: string, types: string): string =>
    `file('${file(name)}', ${format}, '${types}')`;
  const encoder = makeSignalEncoder('traces');
  const blocks: Buffer[] = [];
  for (let seed = 1; blocks.length * blockRows < Number(flags.rows); seed++) {
    encoder.append(payloads.tracesRequest({ seed }), 'protobuf', receivedUnixMs);
    if (encoder.rows >= blockRows) blocks.push(...encoder.take().map(nativeBlock));
  }
  writeFileSync(file('encoder'), Buffer.concat(blocks));
  const rows = blocks.length * blockRows;
  const ours = source('encoder', 'Native', structure);
  const variants = [
    { format: 'Native, dictionaries', from: ours, name: 'encoder' },
    { format: 'Native, plain strings', from: source('plain', 'Native', plain), name: 'plain' },
    { format: 'RowBinary', from: source('rows', 'RowBinary', structure), name: 'rows' },
  ] as const;
  session.query(`INSERT INTO FUNCTION ${variants[1].from} SELECT * FROM ${ours} SETTINGS max_threads = 1`);
  session.query(`INSERT INTO FUNCTION ${variants[2].from} SELECT * FROM ${ours} SETTINGS max_threads = 1`);
  session.query('CREATE DATABASE bench');
  const declared = columns.map(({ name, type, codec }) => `\`${name}\` ${type}${codec ? ` CODEC(${codec})` : ''}`);
  const measured = variants.map(({ format, from, name }) => {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      session.query('DROP TABLE IF EXISTS bench.spans SYNC');
      session.query(`CREATE TABLE bench.spans (${declared.join(', ')}) ENGINE = MergeTree
        PARTITION BY toDate(Timestamp) ORDER BY (${telemetryTables.otel_traces.orderBy})`);
      session.query('SYSTEM STOP MERGES bench.spans');
      const since = process.cpuUsage();
      session.query(`INSERT INTO bench.spans SELECT * FROM ${from} SETTINGS max_threads = 1, max_insert_threads = 1`);
      best = Math.min(best, cpuSeconds(since));
    }
    const stored = Number(session.query('SELECT count() FROM bench.spans', 'TSV'));
    if (stored !== rows) throw new Error(`${format}: ${stored} of ${rows} rows`);
    const bytes = statSync(file(name)).size;
    return { format, 'bytes/row': Math.round(bytes / rows), 'rows/CPU-s': Math.round(rows / best) };
  });
  session.cleanup();
  rmSync(folder, { recursive: true, force: true });
  return measured;
}

const encodings = ['protobuf', 'json', 'protobufjs'] as const;
const decoded = flags.only === 'insert' ? [] : signals.flatMap((signal) => encodings.map((how) => decode(signal, how)));
const inserted = flags.only === 'decode' ? [] : insertedFrom();

if (flags.json) console.log(JSON.stringify({ decode: decoded, insert: inserted }));
else {
  for (const results of [decoded, inserted]) {
    if (results.length === 0) continue;
    const cells = results.map((result) => Object.values(result).map((value) => String(value ?? '')));
    printTable(Object.keys(results[0] ?? {}), cells);
    console.log();
  }
}
