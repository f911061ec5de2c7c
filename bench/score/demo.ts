/**
 * The demo's faults and quiet runs against a whole daemon with its analyzer: how many are found, how soon, and how often
 * something is found where nothing was wrong. Several shops are open at once, each with services of its own names.
 * `npm run score:demo [-- --seeds 20 --shops 4 --quiet-seconds 90 --fault-seconds 60 --rate 8 --keep --json]`
 */
import { Effect, Schedule } from 'effect';
import { faultNames } from '../../src/engine/demo/fault-names.ts';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import { count, given, readFlags } from '../support/flags.ts';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { printTable, summary } from '../support/report.ts';
import { type Found, type FoundIncident, type Judged, judge } from './demo/judge.ts';
import { runShop, type ShopRun } from './demo/run-shop.ts';

const flags = readFlags({
  seeds: count(20),
  'first-seed': count(1),
  shops: count(4),
  'quiet-seconds': count(90),
  'fault-seconds': count(60),
  rate: count(8),
  keep: given,
});

const daemon = startOwnDaemon();
const quiet = { quietMs: flags['quiet-seconds'] * 1000, faultMs: flags['fault-seconds'] * 1000 };
const plan = { otlpHttp: daemon.endpoints.otlpHttp, rate: flags.rate, ...quiet };
const seeds = Array.from({ length: flags.seeds }, (_, index) => index + flags['first-seed']);
const cases = seeds.flatMap((seed) => [...faultNames, 'none' as const].map((fault) => ({ fault, seed })));
const began = Date.now();
let done = 0;

const running = Effect.forEach(
  cases,
  ({ fault, seed }, index) =>
    // Not all at the same moment: shops that start together would look like one incident.
    Effect.andThen(
      Effect.sleep(index < flags.shops ? index * 7_000 : 0),
      runShop(plan, fault, seed, `-${index}`).pipe(
        // A machine that is busy otherwise may not open a shop in time.
        Effect.retry(Schedule.spaced('5 seconds').pipe(Schedule.upTo({ times: 3 }))),
        Effect.tap(() =>
          Effect.sync(() => process.stderr.write(`${++done} of ${cases.length}: ${fault}, seed ${seed}\n`)),
        ),
      ),
    ),
  { concurrency: flags.shops },
);
const runs: readonly ShopRun[] = await Effect.runPromise(running);
// The last windows are closed, scored and stored.
await Effect.runPromise(Effect.sleep('45 seconds'));

const { anomalies, incidents } = await Effect.runPromise(
  Effect.gen(function* () {
    const client = yield* QueryClient;
    const anomalies = yield* client.rows<Found>(
      `SELECT ServiceName AS service, toFloat64(toUnixTimestamp64Milli(Start)) AS startMs,
  toFloat64(toUnixTimestamp64Milli(Found)) AS foundMs, Summary AS summary FROM obs_anomalies FINAL ORDER BY Start`,
    );
    const incidents = yield* client.rows<FoundIncident>(
      `SELECT toFloat64(toUnixTimestamp64Milli(Start)) AS startMs, Origin AS origin, Services AS services
FROM obs_incidents FINAL WHERE notEmpty(AnomalyIds) ORDER BY Start`,
    );
    return { anomalies, incidents };
  }).pipe(Effect.provide(httpQueryClient({ endpoint: daemon.endpoints.query }))),
);
const status = await daemon.status();
await daemon.stop(flags.keep);
if (flags.keep) process.stderr.write(`the daemon's folder is kept: ${daemon.home}\n`);

const judged = runs.map((run) => judge(run, anomalies, incidents));
const instrumented = 5;
const serviceHours = (of: readonly Judged[]): number =>
  (of.reduce((sum, { startMs, faultMs }) => sum + (faultMs - startMs), 0) / 3_600_000) * instrumented;
const falseAlarms = judged.flatMap((each) => each.falseAlarms);
const kinds = [...faultNames, 'none' as const].map((fault) => {
  const of = judged.filter((each) => each.fault === fault);
  const delays = of.flatMap(({ delayS }) => (delayS === null ? [] : [delayS]));
  return {
    name: fault,
    runs: of.length,
    detected: of.filter(({ first }) => first !== null).length,
    namesCulprit: of.filter(({ namesCulprit }) => namesCulprit).length,
    originIsCulprit: of.filter(({ originIsCulprit }) => originIsCulprit).length,
    medianDelayS: delays.length === 0 ? null : summary(delays).median,
    maxDelayS: delays.length === 0 ? null : summary(delays).max,
    falseAlarms: of.reduce((sum, each) => sum + each.falseAlarms.length, 0),
  };
});
const faulty = judged.filter(({ fault }) => fault !== 'none');
const total = {
  runs: judged.length,
  detectionRate: faulty.filter(({ first }) => first !== null).length / faulty.length,
  culpritRate: faulty.filter(({ namesCulprit }) => namesCulprit).length / faulty.length,
  originRate: faulty.filter(({ originIsCulprit }) => originIsCulprit).length / faulty.length,
  falseAlarms: falseAlarms.length,
  falseAlarmsPerServiceHour: falseAlarms.length / serviceHours(judged),
  serviceHours: serviceHours(judged),
  quietRunsWithAlarm: judged.filter((each) => each.fault === 'none' && each.falseAlarms.length > 0).length,
  analyzer: {
    memoryBytes: status.analyzer.status?.memoryBytes ?? null,
    cpuSeconds: status.analyzer.status?.cpuSeconds,
  },
  seconds: (Date.now() - began) / 1000,
};

if (flags.json) {
  console.log(JSON.stringify({ board: 'demo', total, files: kinds, runs: judged }));
} else {
  printTable(
    ['fault', 'runs', 'found', 'names culprit', 'origin is culprit', 'median s', 'max s', 'false alarms'],
    kinds.map((kind) => [
      kind.name,
      String(kind.runs),
      kind.name === 'none' ? '-' : String(kind.detected),
      kind.name === 'none' ? '-' : String(kind.namesCulprit),
      kind.name === 'none' ? '-' : String(kind.originIsCulprit),
      kind.medianDelayS?.toFixed(1) ?? '-',
      kind.maxDelayS?.toFixed(1) ?? '-',
      String(kind.falseAlarms),
    ]),
  );
  console.log(
    `\nfound ${(100 * total.detectionRate).toFixed(1)} %, culprit named ${(100 * total.culpritRate).toFixed(1)} %, as origin ${(100 * total.originRate).toFixed(1)} %; ` +
      `${total.falseAlarms} false alarms in ${total.serviceHours.toFixed(1)} service hours ` +
      `(${total.falseAlarmsPerServiceHour.toFixed(2)} an hour); ${Math.round(total.seconds)} s`,
  );
  for (const alarm of falseAlarms.slice(0, 20)) console.log(`  false: ${alarm.service}: ${alarm.summary}`);
}
