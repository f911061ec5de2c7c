/**
 * Root cause from real traces, logs and metrics (Nezha TrainTicket), through the front door: converted to OTLP, sent to
 * the receivers of a daemon, stored, and asked for with the code path of `obs explain --since --until --usual`.
 * `npm run score:nezha -- --data DIR [--limit N] [--keep] [--json]`
 *
 * With `--delays` the records engine alone, over the recording's tables, on delays simulated in the minutes before the
 * faults: `npm run score:nezha -- --data DIR --delays [--seed N] [--draws N] [--limit N] [--json]`
 */
import { gzipSync } from 'node:zlib';
import { Effect } from 'effect';
import { explainQuestion } from '../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../src/engine/explain/explanation.ts';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import { requestsOf } from '../nezha/requests.ts';
import { readMinute, serviceOf } from '../nezha/to-otlp.ts';
import { count, given, readFlags, text } from '../support/flags.ts';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { printTable, summary } from '../support/report.ts';
import { delaysBoard } from './nezha/print-delays.ts';
import { fileStart, minutesOf, readFaults } from './nezha/recording.ts';

const flags = readFlags({
  data: text,
  limit: count(1000),
  keep: given,
  delays: given,
  seed: count(1),
  draws: count(3),
});
if (flags.data === undefined) {
  process.stderr.write('Use: score:nezha -- --data DIR [--delays] [--seed N] [--limit N] [--json]\n');
  process.exit(2);
}
const data = flags.data;
if (flags.delays) {
  delaysBoard(data, flags, flags.json);
  process.exit(0);
}
const minuteMs = 60_000;
const faults = readFaults(data);
const daemon = startOwnDaemon();
const began = Date.now();

/** The last minute of the recording ended so long ago, in whole minutes: true order and distances are kept. */
const lastFault = faults.at(-1)!.atMs;
const shiftMs = Math.floor((Date.now() - 5 * minuteMs - lastFault) / minuteMs) * minuteMs;
const shiftNs = BigInt(shiftMs) * 1_000_000n;
const seen = new Set<string>();
let sent = 0;
let normal: { readonly fromMs: number; readonly toMs: number } | undefined;
for (const name of minutesOf(data)) {
  const minute = readMinute(data, name);
  if (name.startsWith('normal/') && normal === undefined) {
    const fromMs = fileStart(name, faults[0]!.atMs) + shiftMs;
    normal = { fromMs, toMs: fromMs + minuteMs };
  }
  for (const request of requestsOf(withoutRepeats(minute), shiftNs)) {
    const response = await fetch(`${daemon.endpoints.otlpHttp}/v1/${request.signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(request.body), { level: 1 }),
    });
    if (!response.ok) throw new Error(`${request.signal}: ${response.status} ${await response.text()}`);
    sent += request.records;
  }
  process.stderr.write(`\rsent ${name}   `);
}
const sentSeconds = (Date.now() - began) / 1000;
// The spool is loaded when nothing waits in it.
for (;;) {
  const { spool } = await daemon.status();
  if (spool.segments === 0) break;
  await Effect.runPromise(Effect.sleep('200 millis'));
}

/** Files overlap: 2 % of the spans stand in two of them, and metrics of a minute in its neighbours. */
function withoutRepeats(minute: ReturnType<typeof readMinute>): ReturnType<typeof readMinute> {
  const fresh = <R extends { readonly build: (shift: bigint) => object }>(rows: readonly R[]): readonly R[] =>
    rows.filter(({ build }) => {
      const key = JSON.stringify(build(0n));
      return !seen.has(key) && seen.add(key);
    });
  return { ...minute, spans: fresh(minute.spans), logs: fresh(minute.logs), points: fresh(minute.points) };
}

interface Case {
  readonly at: string;
  readonly kind: string;
  readonly pod: string;
  /** From 1; null where the pod is not among the suspects. */
  readonly rank: number | null;
  readonly first: string;
  readonly confidence: number;
  readonly ms: number;
}

const layer = httpQueryClient({ endpoint: daemon.endpoints.query });
const cases: Case[] = [];
for (const fault of faults.slice(0, flags.limit)) {
  // The analysed minute is the one that begins with the minute after the injection's.
  const fromMs = Math.floor(fault.atMs / minuteMs) * minuteMs + minuteMs + shiftMs;
  const start = performance.now();
  const answer: Explanation = await Effect.runPromise(
    explainQuestion({
      ask: 'range',
      range: { fromMs, toMs: fromMs + minuteMs },
      ...(normal === undefined ? {} : { usual: normal }),
    }).pipe(Effect.provide(layer)),
  );
  const ms = performance.now() - start;
  const place = answer.suspects.findIndex(
    ({ name, service }) => name === fault.pod || service === serviceOf(fault.pod),
  );
  const found: Case = {
    at: new Date(fault.atMs).toISOString().slice(11, 19),
    kind: fault.kind,
    pod: fault.pod,
    rank: place < 0 ? null : place + 1,
    first: answer.suspects[0]?.name ?? '',
    confidence: answer.verdict.confidence,
    ms: Math.round(ms),
  };
  cases.push(found);
  process.stderr.write(
    `\r${found.at} ${found.kind} ${found.rank === 1 ? 'ok' : `rank ${found.rank}, first ${found.first}`} ${answer.suspects
      .slice(0, 3)
      .map(({ name, score, why }) => `${name.slice(0, 24)}=${score} (${why[0]?.slice(0, 60)})`)
      .join(' | ')}\n`,
  );
}
await daemon.stop(flags.keep);
if (flags.keep) process.stderr.write(`the daemon's folder is kept: ${daemon.home}\n`);

const within = (of: readonly Case[], k: number): number =>
  of.filter(({ rank }) => rank !== null && rank <= k).length / of.length;
const times = summary(cases.map(({ ms }) => ms));
const total = {
  cases: cases.length,
  as1: within(cases, 1),
  as3: within(cases, 3),
  as5: within(cases, 5),
  msMedian: times.median,
  msMax: times.max,
  records: sent,
  sentSeconds,
  seconds: (Date.now() - began) / 1000,
};
const kinds = [...Map.groupBy(cases, ({ kind }) => kind)].map(([name, of]) => ({
  name,
  cases: of.length,
  as1: within(of, 1),
  as3: within(of, 3),
}));
if (flags.json) console.log(JSON.stringify({ board: 'nezha', total, kinds, cases }));
else {
  printTable(
    ['fault', 'cases', 'AS@1', 'AS@3'],
    kinds.map(({ name, cases: number, as1, as3 }) => [name, String(number), as1.toFixed(3), as3.toFixed(3)]),
  );
  console.log(
    `\nAS@1 ${total.as1.toFixed(3)}, AS@3 ${total.as3.toFixed(3)}, AS@5 ${total.as5.toFixed(3)}; ${times.median} ms a case (at most ${times.max}); ${sent} records sent in ${Math.round(sentSeconds)} s`,
  );
}
