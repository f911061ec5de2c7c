/**
 * What models of combinations find of the demo's faults beside everything else. Takes what `npm run score:demo -- --keep
 * --json` left: trains a linear model and an autoencoder a role of the shop on the quiet stretches of two thirds of the
 * seeds, and scores the runs of the others. A run counts as found where one of its services passes the threshold that its
 * model had on held-back time.
 * `node bench/autoencoder/demo-faults.ts --home DIR --runs FILE [--json]`
 */
import { readFileSync } from 'node:fs';
import { Effect, Layer } from 'effect';
import type { SeriesName } from '../../src/engine/domain/anomaly.ts';
import { resolvePaths } from '../../src/engine/config/paths.ts';
import { faultNames } from '../../src/engine/demo/fault-names.ts';
import { readArtefact } from '../../src/engine/analyze/models/artefact.ts';
import { openJudge, trackedScores } from '../../src/engine/analyze/models/judge.ts';
import type { Candidate } from '../../src/engine/analyze/models/train-request.ts';
import { trainModels } from '../../src/engine/analyze/models/train-models.ts';
import { embeddedStore } from '../../src/engine/store/embedded-store.ts';
import { readRows } from '../../src/engine/store/read-rows.ts';
import { readFlags, text } from '../support/flags.ts';
import { printTable } from '../support/report.ts';
import type { Judged } from '../score/demo/judge.ts';

const flags = readFlags({ home: text, runs: text });
if (flags.home === undefined || flags.runs === undefined) {
  process.stderr.write('--home names the folder that score:demo --keep left, --runs the file of its --json\n');
  process.exit(2);
}
const { runs } = JSON.parse(readFileSync(flags.runs, 'utf8')) as { runs: readonly Judged[] };
const roles = ['web', 'cart', 'checkout', 'payment', 'inventory'] as const;
type Role = (typeof roles)[number];

interface StoredWindow {
  readonly time: number;
  readonly service: string;
  readonly values: Readonly<Record<string, number>>;
}

const path = resolvePaths({ OBS_HOME: flags.home }).store;
const stored = await Effect.runPromise(
  readRows<StoredWindow>(
    `SELECT toUInt32(Time) AS time, ServiceName AS service, Values AS values FROM obs_features FINAL
WHERE Seconds = 10 AND Kind = 'service' AND NOT has(Marks, 'gap') ORDER BY ServiceName, Time`,
  ).pipe(Effect.provide(embeddedStore({ path }).pipe(Layer.orDie))),
);
const byService = Map.groupBy(stored, ({ service }) => service);

/** The first windows of a shop are those in which it opens. */
const openingMs = 20_000;
const isLearned = ({ seed }: Judged): boolean => seed % 3 !== 0;
const windowsOf = (role: Role, { suffix }: Judged, fromMs: number, toMs: number): readonly StoredWindow[] =>
  (byService.get(`${role}${suffix}`) ?? []).filter(({ time }) => time * 1000 >= fromMs && time * 1000 + 10_000 <= toMs);
const quietOf = (role: Role, run: Judged): readonly StoredWindow[] =>
  windowsOf(role, run, run.startMs + openingMs, run.faultMs);

const featuresOf = (role: Role): readonly string[] => {
  const counts = new Map<string, number>();
  for (const [service, windows] of byService) {
    if (service.replace(/-\d+$/, '') !== role) continue;
    for (const { values } of windows)
      for (const name of Object.keys(values)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return [...counts].filter(([, count]) => count > most / 2).map(([name]) => name);
};

const rowsOf = (windows: readonly StoredWindow[], features: readonly string[]): Float32Array =>
  Float32Array.from(windows.flatMap(({ values }) => features.map((name) => values[name] ?? Number.NaN)));

interface Scored {
  readonly role: Role;
  readonly family: Candidate['card']['family'];
  readonly threshold: number;
  /** Highest score by run. */
  readonly highest: ReadonlyMap<Judged, number>;
  readonly quietWindows: number;
  readonly quietOver: number;
}

const scoreRole = Effect.fnUntraced(function* (role: Role) {
  const features = featuresOf(role);
  const columns = features.map((feature): SeriesName => ({ kind: 'service', service: role, subject: '', feature }));
  const stretches = runs.filter(isLearned).map((run) => quietOf(role, run));
  const windows = stretches.flat();
  // Each run an hour of its own: what is averaged over windows begins anew with each.
  const times = Float64Array.from(
    stretches.flatMap((stretch, run) => stretch.map((_, index) => run * 3_600_000 + index * 10_000)),
  );
  const { candidates } = yield* trainModels({
    scope: role,
    seconds: 10,
    nowMs: 0,
    seed: 1,
    why: 'asked',
    columns,
    wanted: columns.length,
    times,
    values: rowsOf(windows, features),
    found: windows.length,
    leftOut: {},
    stretches: [],
    current: [],
  });
  return yield* Effect.forEach(candidates, ({ card, file }) =>
    Effect.scoped(
      Effect.gen(function* () {
        const judge = yield* openJudge(yield* readArtefact(file));
        const used = card.columns.map(({ feature }) => feature);
        const scoresOf = (own: readonly StoredWindow[]) =>
          Effect.promise(async () =>
            own.length === 0
              ? new Float64Array()
              : trackedScores(card, await judge.errors(rowsOf(own, used)), (row) => row === 0),
          );
        const threshold = card.report.candidate?.threshold ?? 2;
        const highest = new Map<Judged, number>();
        let [quietWindows, quietOver] = [0, 0];
        for (const run of runs.filter((each) => !isLearned(each))) {
          const quiet = yield* scoresOf(quietOf(role, run));
          quietWindows += quiet.length;
          quietOver += quiet.filter((score) => score > threshold).length;
          const scores = yield* scoresOf(windowsOf(role, run, run.faultMs - 10_000, run.endMs + 10_000));
          highest.set(run, Math.max(0, ...scores));
        }
        return { role, family: card.family, threshold, highest, quietWindows, quietOver } satisfies Scored;
      }),
    ),
  );
});

const scored = (await Effect.runPromise(Effect.forEach(roles, scoreRole))).flat();
const passes = (run: Judged, family: Scored['family']): readonly Role[] =>
  scored
    .filter((each) => each.family === family && (each.highest.get(run) ?? 0) > each.threshold)
    .map(({ role }) => role);
const tried = runs.filter((run) => !isLearned(run) && run.fault !== 'none');
const faultRows = faultNames.map((fault) => {
  const of = tried.filter((run) => run.fault === fault);
  const count = (is: (run: Judged) => boolean): number => of.filter(is).length;
  const byLinear = (run: Judged): boolean => passes(run, 'linear').length > 0;
  const byWide = (run: Judged): boolean => passes(run, 'autoencoder').length > 0;
  return {
    fault,
    runs: of.length,
    detection: count(({ first }) => first !== null),
    linear: count(byLinear),
    autoencoder: count(byWide),
    onlyModels: count((run) => run.first === null && (byLinear(run) || byWide(run))),
    onlyAutoencoder: count((run) => run.first === null && !byLinear(run) && byWide(run)),
  };
});
const quiet = (['linear', 'autoencoder'] as const).map((family) => {
  const of = scored.filter((each) => each.family === family);
  const windows = of.reduce((sum, { quietWindows }) => sum + quietWindows, 0);
  return { family, windows, over: of.reduce((sum, { quietOver }) => sum + quietOver, 0) };
});
if (flags.json) {
  console.log(JSON.stringify({ faults: faultRows, quiet }));
} else {
  printTable(
    ['fault', 'runs', 'detection', 'linear', 'autoencoder', 'models alone', 'autoencoder alone'],
    faultRows.map((row) => Object.values(row).map(String)),
  );
  for (const { family, windows, over } of quiet) {
    console.log(`${family}: ${over} of ${windows} quiet windows of unseen runs pass the threshold`);
  }
}
