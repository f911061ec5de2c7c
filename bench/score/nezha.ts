/**
 * Root cause from real traces, logs and metrics (Nezha TrainTicket), through the front door: converted to OTLP, sent to
 * the receivers of a daemon, stored, and asked for with `obs explain --since --until --usual --json`, a process each.
 * Every answer's evidence is run again.
 * `npm run score:nezha -- --data DIR [--limit N] [--keep] [--json]`
 *
 * With `--delays` the records engine alone, over the recording's tables, on delays simulated in the minutes before the
 * faults: `npm run score:nezha -- --data DIR --delays [--seed N] [--draws N] [--limit N] [--json]`
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Effect } from 'effect';
import { allEvidence } from '../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../src/engine/explain/evidence/check.ts';
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
  /** Of the command, from its start to its end. */
  readonly ms: number;
  readonly evidence: number;
  /** Of which so many gave other rows, or none, when they were run again. */
  readonly changed: number;
}

const program = join(import.meta.dirname, '../../bin/run.js');
const iso = (unixMs: number): string => new Date(unixMs).toISOString();

/** What the command prints; it may be more than a pipe holds. */
function explained(fromMs: number, toMs: number): Explanation {
  const usual = normal === undefined ? [] : ['--usual', `${iso(normal.fromMs)}/${iso(normal.toMs)}`];
  const args = ['explain', '--since', iso(fromMs), '--until', iso(toMs), ...usual, '--json'];
  const printed = execFileSync(process.execPath, [program, ...args], {
    env: { ...process.env, OBS_HOME: daemon.home },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return JSON.parse(printed) as Explanation;
}

const layer = httpQueryClient({ endpoint: daemon.endpoints.query });
const cases: Case[] = [];
for (const fault of faults.slice(0, flags.limit)) {
  // The analysed minute is the one that begins with the minute after the injection's.
  const fromMs = Math.floor(fault.atMs / minuteMs) * minuteMs + minuteMs + shiftMs;
  const start = performance.now();
  const answer = explained(fromMs, fromMs + minuteMs);
  const ms = performance.now() - start;
  const evidence = allEvidence(answer).map((each) => each.evidence);
  const checks = await Effect.runPromise(Effect.forEach(evidence, recheck).pipe(Effect.provide(layer)));
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
    evidence: checks.length,
    changed: checks.filter((check) => !('holds' in check && check.holds)).length,
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
const sum = (of: (one: Case) => number): number => cases.reduce((all, one) => all + of(one), 0);
const times = summary(cases.map(({ ms }) => ms));
const total = {
  cases: cases.length,
  as1: within(cases, 1),
  as3: within(cases, 3),
  as5: within(cases, 5),
  evidence: sum(({ evidence }) => evidence),
  evidenceChanged: sum(({ changed }) => changed),
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
    `\nAS@1 ${total.as1.toFixed(3)}, AS@3 ${total.as3.toFixed(3)}, AS@5 ${total.as5.toFixed(3)}; ${times.median} ms a case (at most ${times.max}); evidence run again: ${total.evidence - total.evidenceChanged} of ${total.evidence} equal; ${sent} records sent in ${Math.round(sentSeconds)} s`,
  );
}
