/**
 * The NAB board: every stream of a folder through `detectSeries`, scored by the protocol of NAB's standard profile at
 * the one threshold that is best for all, and at the product's own. `--perturbed` adds the same for the folder changed
 * in ways that leave its labels right. `node bench/score/nab.ts --data DIR [--json] [--perturbed]`. DIR holds streams
 * of https://github.com/numenta/NAB, and `windows.json` with their labels.
 */
import { parseArgs } from 'node:util';
import { detectSeries } from '../../src/engine/analyze/streams/detect-series.ts';
import { defaultThreshold } from '../../src/engine/analyze/streams/detector.ts';
import { dataFolder } from '../support/data-folder.ts';
import { printTable } from '../support/report.ts';
import { perturbations } from './nab/perturb.ts';
import { readStreams, type BoardStream } from './nab/read-streams.ts';
import { bestOutcome, scoreAt, scoreLeavingGroupsOut, windowsOf, type ScoredStream } from './nab/score.ts';

/** What others reach on the folder of 41 streams, by the same protocol. */
const published = [
  ['CAD-OSE (knows the range in advance)', 75.9],
  ['HTM', 75.5],
  ['ARTime (knows range and length in advance)', 74.6],
  ['RCF', 59.4],
  ['KNN-CAD', 58.5],
  ['windowed Gaussian', 41.4],
  ['random', 11],
] as const;

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    perturbed: { type: 'boolean', default: false },
  },
});
const data = dataFolder(
  flags.data,
  'score:nab -- --data DIR [--json] [--perturbed]',
  'NAB, https://github.com/numenta/NAB: <group>/<stream>.csv, and windows.json with the labelled windows of each',
);

const detect = (streams: readonly BoardStream[]): ScoredStream[] =>
  streams.map(({ points, windows }) => ({ scores: detectSeries(points), windows }));

const streams = await readStreams(data);
const groups = streams.map(({ name }) => name.split('/')[0]!);
const cpuBefore = process.cpuUsage();
const scored = detect(streams);
const cpu = process.cpuUsage(cpuBefore);
const rows = streams.reduce((sum, { points }) => sum + points.length, 0);
const best = bestOutcome(scored);
const atDefault = scoreAt(scored, defaultThreshold);

const files = streams.map(({ name, points, windows }, index) => ({
  name,
  rows: points.length,
  windows: windows.length,
  ...best.streams[index]!,
  atDefault: atDefault.streams[index]!,
}));
const total = {
  score: best.score,
  scoreAtDefault: atDefault.score,
  scoreLeavingGroupsOut: scoreLeavingGroupsOut(scored, groups),
  threshold: best.threshold,
  defaultThreshold,
  windows: windowsOf(scored),
  microsecondsPerPoint: (cpu.user + cpu.system) / rows,
};

const perturbed = flags.perturbed
  ? Object.entries(perturbations).map(([name, change]) => {
      const changed = detect(change(streams));
      return { name, score: bestOutcome(changed).score, scoreAtDefault: scoreAt(changed, defaultThreshold).score };
    })
  : [];

if (flags.json) console.log(JSON.stringify({ board: 'nab', total, files, ...(flags.perturbed && { perturbed }) }));
else {
  printTable(
    ['stream', 'rows', 'windows', 'found', 'false alarms', 'points', 'at default'],
    files.map((file) => [
      file.name,
      String(file.rows),
      String(file.windows),
      String(file.found),
      String(file.falseAlarms),
      file.points.toFixed(2),
      file.atDefault.points.toFixed(2),
    ]),
  );
  console.log('');
  printTable(
    ['detector', 'score'],
    [
      [`obs, best threshold ${best.threshold.toFixed(3)}`, best.score.toFixed(1)],
      [`obs, default threshold ${defaultThreshold}`, atDefault.score.toFixed(1)],
      ['obs, threshold of the other groups', total.scoreLeavingGroupsOut.toFixed(1)],
      ...published.map(([name, score]) => [name, String(score)]),
    ],
  );
  if (flags.perturbed) {
    console.log('');
    printTable(
      ['the folder, changed', 'score', 'at default'],
      perturbed.map((row) => [row.name, row.score.toFixed(1), row.scoreAtDefault.toFixed(1)]),
    );
    const mean = perturbed.reduce((sum, { score }) => sum + score, 0) / perturbed.length;
    console.log(`mean ${mean.toFixed(1)}`);
  }
  console.log(`\n${rows} rows, ${total.microsecondsPerPoint.toFixed(1)} µs of CPU a row`);
}
