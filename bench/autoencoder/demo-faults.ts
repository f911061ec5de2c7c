/**
 * What models of combinations find of the demo's faults beside all other detectors. Takes what `record-shop.ts` left in a
 * stopped daemon's folder: works out its features, learns each service of the shop on four fifths of the well-running
 * windows, and looks at the windows of each fault. A service passes where its averaged error is above the highest of
 * the well-running windows that were held back.
 * `node bench/autoencoder/demo-faults.ts --home DIR --timeline FILE [--json]`
 */
import { readFileSync } from 'node:fs';
import { Effect, Layer } from 'effect';
import { resolvePaths } from '../../src/engine/config/paths.ts';
import type { FeatureRow } from '../../src/engine/domain/feature-row.ts';
import { faultNames } from '../../src/engine/demo/fault-names.ts';
import { createDetection, type Detection } from '../../src/engine/analyze/detect/detection.ts';
import { trainAutoencoder } from '../../src/engine/analyze/autoencoder/train.ts';
import { closeWindows } from '../../src/engine/analyze/features/close-windows.ts';
import { readWindows } from '../../src/engine/analyze/features/read-windows.ts';
import { fitLinear, linearErrors } from '../../src/engine/analyze/models/linear-model.ts';
import { trackedScores } from '../../src/engine/analyze/models/judge.ts';
import { usualSizes } from '../../src/engine/analyze/models/usual-sizes.ts';
import { openWideScorer } from '../../src/engine/analyze/models/wide-scorer.ts';
import { embeddedStore } from '../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import { migrate } from '../../src/engine/store/migrate.ts';
import { ownTablesOfStore } from '../../src/engine/store/own-tables.ts';
import { readFlags, text } from '../support/flags.ts';
import { printTable } from '../support/report.ts';

const flags = readFlags({ home: text, timeline: text });
if (flags.home === undefined || flags.timeline === undefined) {
  process.stderr.write('--home names the folder of the daemon, --timeline the file that record-shop.ts printed\n');
  process.exit(2);
}
interface Stretch {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}
const timeline = JSON.parse(readFileSync(flags.timeline, 'utf8')) as readonly Stretch[];
const services = ['web', 'cart', 'checkout', 'payment', 'inventory'] as const;

/** The first windows of a shop are those in which it opens. */
const openingMs = 20_000;
const [firstMs, lastMs] = [timeline[0]!.fromMs, timeline.at(-1)!.toMs];

const readAll = Effect.gen(function* () {
  const endMs = lastMs + 120_000;
  while ((yield* closeWindows(endMs)).behindMs > 0);
  const rows: FeatureRow[] = [];
  for (let fromMs = firstMs - 60_000; fromMs < endMs; fromMs += 600_000) {
    rows.push(...(yield* readWindows({ seconds: 10, fromMs, toMs: fromMs + 600_000 })));
  }
  return rows;
});
const store = embeddedStore({ path: resolvePaths({ OBS_HOME: flags.home }).store });
const rows = await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      yield* migrate;
      const { url } = yield* startQueryEndpoint({ host: '127.0.0.1', port: 0 });
      return yield* readAll.pipe(Effect.provide(Layer.merge(httpQueryClient({ endpoint: url }), ownTablesOfStore)));
    }),
  ).pipe(Effect.provide(store)),
);

const windows = [...Map.groupBy(rows, ({ timeMs }) => timeMs)].sort(([a], [b]) => a - b);
const options = { falseAlarmsPerWeek: 1, maxSeries: 10_000 };

/** Carriers of what detection tells in windows of a time, by service. */
function carriersIn(detection: Detection, fromMs: number, toMs: number): ReadonlyMap<string, ReadonlySet<string>> {
  const told = new Map<string, Set<string>>();
  for (const [timeMs, own] of windows) {
    if (timeMs < fromMs || timeMs >= toMs) continue;
    const ofShop = own.filter(({ service }) => service !== 'obs');
    const { anomalies } = detection.push({ timeMs, seconds: 10, rows: ofShop, votes: [], nowMs: timeMs + 18_000 });
    for (const { service, carriers } of anomalies) {
      const names = told.get(service) ?? new Set();
      for (const { subject, feature } of carriers) names.add(`${subject} ${feature}`);
      told.set(service, names);
    }
  }
  return told;
}

const quietStretch = timeline[0]!;
const learner = createDetection(options);
const inQuiet = carriersIn(learner, quietStretch.fromMs, quietStretch.toMs);
const known = learner.state();

/**
 * Services of which the other detectors tell something new in a fault: they know the quiet time, see the shop settle, and
 * then the fault. A shop that was just opened is out of the usual by itself, which is no merit.
 */
function detectedIn(fault: Stretch, settle: Stretch): readonly string[] {
  const detection = createDetection(options, known);
  const before = carriersIn(detection, settle.fromMs, fault.fromMs - 10_000);
  const told = carriersIn(detection, fault.fromMs - 10_000, fault.toMs);
  return [...told]
    .filter(([service, names]) => [...names].some((name) => before.get(service)?.has(name) !== true))
    .map(([service]) => service);
}

const isWell = ({ what }: Stretch): boolean => what === 'quiet' || what === 'settle';
const windowsOf = (service: string, { what, fromMs, toMs }: Stretch): readonly FeatureRow[] =>
  rows.filter(
    (row) =>
      row.kind === 'service' &&
      row.service === service &&
      row.timeMs >= fromMs + (isWell({ what, fromMs, toMs }) ? openingMs : 0) &&
      row.timeMs + 10_000 <= toMs &&
      !row.marks.includes('gap'),
  );

const scoreService = Effect.fnUntraced(function* (service: string) {
  const stretches = timeline.map((stretch) => ({ ...stretch, rows: windowsOf(service, stretch) }));
  const well = stretches.filter(isWell).flatMap((stretch) => stretch.rows);
  const counts = new Map<string, number>();
  for (const { values } of well) for (const name of Object.keys(values)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const features = [...counts].filter(([, count]) => count > well.length / 2).map(([name]) => name);
  const matrix = (of: readonly FeatureRow[]): Float32Array =>
    Float32Array.from(of.flatMap(({ values }) => features.map((name) => values[name] ?? Number.NaN)));
  const starts = new Set(stretches.map((stretch) => stretch.rows[0]));
  const learnedCount = Math.round(0.8 * well.length);
  const learned = matrix(well.slice(0, learnedCount));
  const shape = { rows: learnedCount, features: features.length };
  const linear = fitLinear(learned, features.length);
  const wide = yield* trainAutoencoder(learned, shape, { seed: 1, scaling: 'ratio' });
  const wideErrors = yield* openWideScorer(wide.onnx, features.length);
  const families = {
    linear: async (values: Float32Array) => linearErrors(linear, values),
    autoencoder: wideErrors,
  };
  return yield* Effect.forEach(Object.entries(families), ([family, errorsOf]) =>
    Effect.promise(async () => {
      const usual = usualSizes(await errorsOf(learned), features.length, (row) => starts.has(well[row]));
      const card = { usual, groups: [{ service, columns: features.length, usual: 1 }] };
      const score = async (of: readonly FeatureRow[]): Promise<Float64Array> =>
        trackedScores(card, await errorsOf(matrix(of)), (row) => row === 0 || starts.has(of[row]));
      const threshold = Math.max(...(await score(well.slice(learnedCount))));
      const passed = new Map<string, number>();
      for (const stretch of stretches.filter((each) => !isWell(each))) {
        passed.set(stretch.what, Math.max(0, ...(await score(stretch.rows))) / threshold);
      }
      return { service, family, windows: learnedCount, heldBack: well.length - learnedCount, passed };
    }),
  );
});

const scored = (await Effect.runPromise(Effect.scoped(Effect.forEach(services, scoreService)))).flat();
const passing = (fault: string, family: string): readonly string[] =>
  scored
    .filter((each) => each.family === family && (each.passed.get(fault) ?? 0) > 1)
    .map(({ service, passed }) => `${service} ${(passed.get(fault) ?? 0).toFixed(1)}×`);
const table = faultNames.map((fault) => {
  const at = timeline.findIndex(({ what }) => what === fault);
  return {
    fault,
    detection: detectedIn(timeline[at]!, timeline[at - 1]!),
    linear: passing(fault, 'linear'),
    autoencoder: passing(fault, 'autoencoder'),
  };
});
if (flags.json) console.log(JSON.stringify({ faults: table, toldInQuiet: [...inQuiet.keys()] }));
else {
  printTable(
    ['fault', 'detection', 'linear', 'autoencoder'],
    table.map(({ fault, ...found }) => [fault, ...Object.values(found).map((names) => names.join(', ') || '-')]),
  );
  const { windows: learned = 0, heldBack = 0 } = scored[0] ?? {};
  console.log(
    `\n${learned} windows learned, ${heldBack} held back, a service; numbers are times of the highest held back`,
  );
  console.log(`in the quiet time detection told of ${[...inQuiet.keys()].join(', ') || 'nothing'}`);
}
