/**
 * Converts minutes of the TrainTicket recording of Nezha (IntelligentDDS/Nezha, MIT) to OTLP and sends them to a
 * receiver, or writes them as JSON lines, one request a line, which `obs import` reads.
 *
 *   node bench/nezha/convert.ts --data DIR normal/08_50 faulty/09_05 --endpoint http://127.0.0.1:4318
 *   node bench/nezha/convert.ts --data DIR faulty/09_05 --out minute.jsonl --at 2026-01-01T00:00:00Z
 *
 * The minutes follow each other without gaps and the last one ends at `--at` (now), so that a normal minute becomes
 * the history of a faulty one. Prints one JSON object: what was sent, and the slowest trace of each minute, the last
 * of which is the one for `obs explain`.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type OtlpRequest, requestsOf } from './requests.ts';
import { readMinute } from './to-otlp.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    endpoint: { type: 'string' },
    out: { type: 'string' },
    at: { type: 'string', default: 'now' },
  },
});
const { data, endpoint, out } = values;
if (data === undefined || positionals.length === 0 || (endpoint === undefined) === (out === undefined)) {
  process.stderr.write('Use: convert.ts --data DIR <normal|faulty>/HH_MM … (--endpoint URL | --out FILE) [--at ISO]\n');
  process.exit(2);
}

const minutes = positionals.map((name) => ({ name, minute: readMinute(data, name) }));
let endsAtNs = BigInt(values.at === 'now' ? Date.now() : Date.parse(values.at)) * 1_000_000n;
const placed = minutes.toReversed().map(({ name, minute }) => {
  const shiftNs = endsAtNs - minute.toNs;
  endsAtNs = minute.fromNs + shiftNs;
  return { name, minute, shiftNs };
});

const file = out === undefined ? undefined : openSync(out, 'w');
const sent = { traces: 0, logs: 0, metrics: 0, requests: 0 };
for (const { minute, shiftNs } of placed.toReversed()) {
  for (const request of requestsOf(minute, shiftNs)) {
    if (file === undefined) await send(request);
    else writeSync(file, `${JSON.stringify(request.body)}\n`);
    sent[request.signal] += request.records;
    sent.requests++;
  }
}
if (file !== undefined) closeSync(file);

const iso = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
const about = placed.toReversed().map(({ name, minute, shiftNs }) => ({
  minute: name,
  from: iso(minute.fromNs + shiftNs),
  to: iso(minute.toNs + shiftNs),
  slowest: minute.slowest,
}));
process.stdout.write(`${JSON.stringify({ sent, minutes: about }, null, 2)}\n`);

async function send({ signal, body }: OtlpRequest): Promise<void> {
  const response = await fetch(`${endpoint}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify(body)),
  });
  const answer = await response.text();
  if (response.ok && !answer.includes('rejected')) return;
  process.stderr.write(`${signal}: ${response.status} ${answer}\n`);
  if (!response.ok) process.exit(2);
}
