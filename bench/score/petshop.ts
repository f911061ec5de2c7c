/**
 * Root cause along a call graph: `node bench/score/petshop.ts --data DIR [--stress [--seed N]] [--no-graph] [--json]`.
 * DIR holds PetShop (https://github.com/amazon-science/petshop-root-cause-analysis); each folder below it with a
 * `target.json` is a case. The cause's node must be among the first k; ties are broken by name. `--stress` asks the
 * same of cases changed in ways that leave their labels right, in other draws of chance with another `--seed`, and
 * prints how often the first is right by its share in all scores. `--no-graph` withholds the calls.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { rankCauses } from '../../src/engine/cause/rank.ts';
import { dataFolder } from '../support/data-folder.ts';
import { printTable } from '../support/report.ts';
import { calibrationOf } from './demo/calibration.ts';
import { readCases, type PetshopCase } from './petshop/cases.ts';
import { inputOf } from './petshop/input-of.ts';
import { stressed, stresses } from './petshop/stress.ts';

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    stress: { type: 'boolean', default: false },
    seed: { type: 'string', default: '0' },
    'no-graph': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const data = dataFolder(
  flags.data,
  'score:petshop -- --data DIR [--stress [--seed N]] [--no-graph] [--json]',
  'PetShop, https://github.com/amazon-science/petshop-root-cause-analysis: graph.csv, noissue/metrics.csv, and a folder with metrics.csv and target.json for each case',
);

/** Latency top-1/3 and availability top-1/3 of others on the folder of high traffic. */
const published = { latency: { top1: 0.571, top3: 0.786 }, availability: { top1: 0.39, top3: 0.935 } };

interface Scored {
  readonly name: string;
  readonly metric: string;
  /** Of the cause, from 1; null where it is not among the ranked. */
  readonly rank: number | null;
  readonly first: string | null;
  /** Of the first in the sum of all scores. */
  readonly share: number;
  readonly ms: number;
}

function score(one: PetshopCase): Scored {
  const all = inputOf(one);
  const input = flags['no-graph'] ? { ...all, calls: [] } : all;
  const from = performance.now();
  const { entities } = rankCauses(input);
  const at = entities.findIndex(({ name }) => name === one.cause);
  return {
    name: one.name,
    metric: one.target.metric,
    rank: at === -1 ? null : at + 1,
    first: entities[0]?.name ?? null,
    share:
      (entities[0]?.score ?? 0) /
      Math.max(
        1e-12,
        entities.reduce((sum, { score: each }) => sum + each, 0),
      ),
    ms: performance.now() - from,
  };
}

/** By kind of alarm. */
function topShares(scored: readonly Scored[]): Record<'top1' | 'top3' | 'cases', Record<string, number>> {
  const kinds = [...new Set(scored.map(({ metric }) => metric))].sort();
  const by = (share: (of: readonly Scored[]) => number): Record<string, number> =>
    Object.fromEntries(kinds.map((kind) => [kind, share(scored.filter(({ metric }) => metric === kind))]));
  const within = (k: number) => (of: readonly Scored[]) =>
    of.filter(({ rank }) => rank !== null && rank <= k).length / of.length;
  return { top1: by(within(1)), top3: by(within(3)), cases: by((of) => of.length) };
}

const cases = existsSync(data) ? readCases(data) : [];
if (cases.length === 0) {
  console.error(`There is no case in ${data}: a folder with graph.csv and noissue/, and target.json below. --data DIR`);
  process.exit(2);
}
const files = cases.map(score);
const ms = files.map((file) => file.ms).toSorted((a, b) => a - b);
const total = { ...topShares(files), msPerCase: ms[ms.length >> 1]! };
const scored = flags.stress
  ? stresses.map((each) => ({ name: each.name, of: [...stressed(cases, each, Number(flags.seed))].map(score) }))
  : undefined;
const stress = scored?.map(({ name, of }) => ({ name, ...topShares(of) }));
const calibration = calibrationOf(
  (scored?.flatMap(({ of }) => of) ?? files).map(({ share, rank }) => ({ confidence: share, right: rank === 1 })),
);

if (flags.json) console.log(JSON.stringify({ board: 'petshop', total, ...(stress && { stress }), calibration, files }));
else {
  const kinds = Object.keys(total.cases);
  const cells = ({ top1, top3, cases: of }: ReturnType<typeof topShares>): string[] =>
    kinds.flatMap((kind) => [String(of[kind]), top1[kind]!.toFixed(3), top3[kind]!.toFixed(3)]);
  const known = kinds.flatMap((kind) => {
    const by = kind === 'latency' || kind === 'availability' ? published[kind] : undefined;
    return ['', by?.top1.toFixed(3) ?? '–', by?.top3.toFixed(3) ?? '–'];
  });
  printTable(
    ['', ...kinds.flatMap((kind) => [`${kind}: cases`, 'top 1', 'top 3'])],
    [['obs', ...cells(total)], ['published', ...known], ...(stress ?? []).map((each) => [each.name, ...cells(each)])],
  );
  for (const file of files.filter(({ rank }) => rank !== 1)) {
    console.log(`missed: ${file.name} (${file.metric}): rank ${file.rank ?? 'none'}, first is ${file.first}`);
  }
  console.log(`\nThe first's share in all scores${stress === undefined ? '' : ', all of the above'}:`);
  printTable(
    ['share', 'answers', 'mean share', 'right'],
    calibration.map(({ from, to, answers, meanConfidence, right }) => [
      `${from} to ${to}`,
      String(answers),
      meanConfidence.toFixed(2),
      right.toFixed(2),
    ]),
  );
  console.log(`\n${total.msPerCase.toFixed(1)} ms a case`);
}
