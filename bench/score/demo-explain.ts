/**
 * The demo's faults against `obs explain`: one at a time, two at once, and none. A daemon of its own; several shops are
 * open at once, each with services of its own names. Each is asked about twice: by its worst trace, as `obs demo` does,
 * and by the time since the fault. Every answer's evidence is run again.
 * `npm run score:demo:explain [-- --seeds 20 --first-seed 1 --shops 4 --only n-plus-one,none --keep-answers DIR --json]`
 * `--record DIR` keeps the telemetry there, and adds to what is there already; `--recorded DIR[,DIR]` opens no shops
 * and asks about those.
 */
import { resolve } from 'node:path';
import { Effect, Schedule } from 'effect';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import type { QueryClient } from '../../src/engine/store/query-client.ts';
import { count, given, readFlags, text } from '../support/flags.ts';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { printTable, summary } from '../support/report.ts';
import { calibrationOf } from './demo/calibration.ts';
import { casesOf, chosen, type ExplainCase, kindOf } from './demo/explain-cases.ts';
import { type AnswerRun, askAbout, type ExplainRun } from './demo/ask-about.ts';
import { addToRecording, homeOfRecording, readRecording } from './demo/recording.ts';
import { runShop, type StoredShop } from './demo/run-explained-shop.ts';

const flags = readFlags({
  seeds: count(20),
  'first-seed': count(1),
  shops: count(4),
  rate: count(12),
  'quiet-seconds': count(26),
  'fault-seconds': count(20),
  only: text,
  'keep-answers': text,
  record: text,
  recorded: text,
  keep: given,
});
if (flags.record !== undefined && flags.recorded !== undefined) {
  process.stderr.write('--record opens shops and --recorded opens none: one of them\n');
  process.exit(2);
}
const seeds = Array.from({ length: flags.seeds }, (_, index) => index + flags['first-seed']);
const only = flags.only?.split(',') ?? [];
const recorded = (flags.recorded?.split(',') ?? []).map((folder) => ({
  folder,
  shops: chosen(readRecording(folder), only),
}));
const cases = flags.recorded === undefined ? chosen(casesOf(seeds), only) : recorded.flatMap(({ shops }) => shops);
if (cases.length === 0) {
  process.stderr.write('no such case; two faults at once are written a+b, and none is none\n');
  process.exit(2);
}
const began = Date.now();
let done = 0;
const leftOut: string[] = [];
/** Names must not come again: not of a shop that was tried before, nor of one that a recording has already. */
let opened = 0;
const suffixOf = ({ seed }: ExplainCase): string => `-${seed}x${++opened}`;

/** Opens shops, and asks about each when it has closed. */
function openShops(otlpHttp: string): Asking {
  const [quietMs, faultMs] = [flags['quiet-seconds'] * 1000, flags['fault-seconds'] * 1000];
  const plan = { otlpHttp, rate: flags.rate, quietMs, faultMs };
  // Shops do not open, nor break, all at the same moment.
  const apartMs = (quietMs + faultMs + 12_000) / flags.shops;
  return Effect.forEach(
    cases,
    (what, index) =>
      Effect.sleep(index < flags.shops ? index * apartMs : 0).pipe(
        Effect.andThen(Effect.suspend(() => runShop(plan, what, suffixOf(what)))),
        // A machine that is busy otherwise may not open a shop in time.
        Effect.retry(Schedule.spaced('5 seconds').pipe(Schedule.upTo({ times: 2 }))),
        Effect.tap((shop) =>
          Effect.sync(() => {
            if (flags.record !== undefined) addToRecording(flags.record, shop);
          }),
        ),
        Effect.flatMap(judged),
        // One shop that cannot be judged says nothing of the others.
        Effect.catch((error) => Effect.sync(() => leaveOut(what, error))),
      ),
    { concurrency: flags.shops },
  ).pipe(Effect.map((all) => all.flat()));
}

const askAgain = (shops: readonly StoredShop[]): Asking =>
  Effect.forEach(shops, (shop) =>
    judged(shop).pipe(Effect.catch((error) => Effect.sync(() => leaveOut(shop, error)))),
  ).pipe(Effect.map((all) => all.flat()));

type Asking = Effect.Effect<readonly ExplainRun[], never, QueryClient>;
const judged = (shop: StoredShop) =>
  askAbout(shop, flags['keep-answers']).pipe(
    Effect.tap((run) => Effect.sync(() => tell(run))),
    Effect.map((run): readonly ExplainRun[] => [run]),
  );

/** @param folder of a recording; else the store is gone afterwards */
async function inStore(folder: string | undefined, asking: (otlpHttp: string) => Asking) {
  const daemon = startOwnDaemon(undefined, folder === undefined ? undefined : homeOfRecording(resolve(folder)));
  const { otlpHttp, query } = daemon.endpoints;
  const runs = await Effect.runPromise(asking(otlpHttp).pipe(Effect.provide(httpQueryClient({ endpoint: query }))));
  await daemon.stop(flags.keep || folder !== undefined);
  if (flags.keep) process.stderr.write(`the daemon's folder is kept: ${daemon.home}\n`);
  return runs;
}

const runs: ExplainRun[] = [];
if (flags.recorded === undefined) runs.push(...(await inStore(flags.record, openShops)));
for (const { folder, shops } of recorded) runs.push(...(await inStore(folder, () => askAgain(shops))));

function leaveOut(what: ExplainCase, error: object): readonly ExplainRun[] {
  const left = `${kindOf(what)}, seed ${what.seed}: ${'reason' in error ? String(error.reason) : String(error)}`;
  leftOut.push(left);
  process.stderr.write(`${++done} of ${cases.length}: left out: ${left}\n`);
  return [];
}

function tell({ kind, seed, answers }: ExplainRun): void {
  const told = answers.map(({ asked, right, culprit, said, confidence }) => {
    return `  ${asked}: ${right ? 'right' : culprit ? 'culprit' : 'wrong'}: ${said} (${confidence.toFixed(2)})\n`;
  });
  process.stderr.write(`${++done} of ${cases.length}: ${kind}, seed ${seed}\n${told.join('')}`);
}

const share = (of: readonly AnswerRun[], holds: (answer: AnswerRun) => boolean): number =>
  of.length === 0 ? Number.NaN : of.filter(holds).length / of.length;

function figures(of: readonly AnswerRun[]) {
  const statements = of.reduce((sum, { evidence }) => sum + evidence.all, 0);
  const times = summary(of.map(({ seconds }) => seconds));
  return {
    answers: of.length,
    right: share(of, ({ right }) => right),
    culprit: share(of, ({ culprit }) => culprit),
    shape: share(of, ({ shape }) => shape),
    place: share(of, ({ place }) => place),
    culpritTop3: share(of, ({ culpritTop3 }) => culpritTop3),
    rightTop3: share(of, ({ rightTop3 }) => rightTop3),
    evidence: { statements, equal: of.reduce((sum, { evidence }) => sum + evidence.equal, 0) / statements },
    seconds: { median: times.median, max: times.max },
  };
}

const byAsked = (of: readonly ExplainRun[], asked: AnswerRun['asked']): readonly AnswerRun[] =>
  of.flatMap(({ answers }) => answers.filter((answer) => answer.asked === asked));
const kinds = [...new Set(cases.map(kindOf))].map((kind) => {
  const of = runs.filter((run) => run.kind === kind);
  return { name: kind, runs: of.length, trace: figures(byAsked(of, 'trace')), range: figures(byAsked(of, 'range')) };
});
const all = runs.flatMap(({ answers }) => answers);
// Of two faults at once a verdict can only name one.
const single = runs.filter(({ kind }) => !kind.includes(' + '));
const total = {
  ...figures(all),
  trace: figures(byAsked(runs, 'trace')),
  range: figures(byAsked(runs, 'range')),
  calibration: {
    trace: calibrationOf(byAsked(single, 'trace').map(({ confidence, culprit }) => ({ confidence, right: culprit }))),
    range: calibrationOf(byAsked(single, 'range').map(({ confidence, culprit }) => ({ confidence, right: culprit }))),
  },
  runs: runs.length,
  leftOut,
  wallSeconds: (Date.now() - began) / 1000,
};

if (flags.json) {
  console.log(JSON.stringify({ board: 'demo:explain', total, files: kinds, runs }));
} else {
  const percent = (value: number): string => (Number.isNaN(value) ? '-' : `${Math.round(value * 100)}`);
  const cells = ({ culprit, shape, right, rightTop3 }: ReturnType<typeof figures>): readonly string[] =>
    [culprit, shape, right, rightTop3].map(percent);
  printTable(
    ['% right', 'runs', 'trace: culprit', 'shape', 'all', 'top 3', 'range: culprit', 'shape', 'all', 'top 3', ''],
    [...kinds, { name: 'total', ...total }].map((kind) => [
      kind.name,
      String(kind.runs),
      ...cells(kind.trace),
      ...cells(kind.range),
      '',
    ]),
  );
  for (const asked of ['trace', 'range'] as const) {
    const { seconds, evidence } = total[asked];
    const bins = total.calibration[asked].map(
      ({ meanConfidence, right, answers }) => `${meanConfidence.toFixed(2)} → ${right.toFixed(2)} (${answers})`,
    );
    console.log(
      `\n${asked}: evidence run again equal ${(100 * evidence.equal).toFixed(1)} % of ${evidence.statements} statements; ` +
        `${seconds.median.toFixed(2)} s an answer, ${seconds.max.toFixed(2)} s at most\n` +
        `  confidence → right culprit: ${bins.join(', ')}`,
    );
  }
  for (const left of leftOut) console.log(`\nleft out: ${left}`);
  console.log(`\n${Math.round(total.wallSeconds)} s`);
}
