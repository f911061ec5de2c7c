/**
 * Fits how sure an answer about a time is (`src/engine/explain/confidence.ts`) to answers of boards whose truth is known,
 * and shows how often they were right by their confidence. Files are what `score:demo:explain -- --json` printed.
 * `npm run score:calibration -- --answers FILE[,FILE] [--json]`: a table of shares, the constants that fit, and the same
 * with each seed left out of its own fit.
 */
import { readFileSync } from 'node:fs';
import { confidences, type Calibration, calibration } from '../../src/engine/explain/confidence.ts';
import { given, readFlags, text } from '../support/flags.ts';
import { printTable } from '../support/report.ts';
import { calibrationOf, type Told } from './demo/calibration.ts';
import type { AnswerRun, ExplainRun } from './demo/ask-about.ts';

const flags = readFlags({ answers: text, json: given });
if (flags.answers === undefined) {
  process.stderr.write('--answers FILE[,FILE]: what `score:demo:explain -- --json` printed\n');
  process.exit(2);
}

interface Case {
  readonly seed: number;
  readonly scores: readonly number[];
  /** Place of who is at fault among the suspects; -1: none of them, or nothing is wrong. */
  readonly faultAt: number;
}

const files = flags.answers.split(',').map((file) => JSON.parse(readFileSync(file, 'utf8')) as { runs: ExplainRun[] });
const runs = files.flatMap((file) => file.runs);
const answersOf = (asked: AnswerRun['asked']): readonly (AnswerRun & { readonly seed: number })[] =>
  runs
    // Of two faults at once a verdict can only name one.
    .filter(({ faults }) => faults.length < 2)
    .flatMap(({ seed, answers }) =>
      answers.filter((answer) => answer.asked === asked).map((answer) => ({ ...answer, seed: seed % 1000 })),
    );
const cases: readonly Case[] = answersOf('range').map(({ seed, scores, faultAt }) => ({ seed, scores, faultAt }));

/** Mean logarithm of the probability that the answers gave to what was true; the greater, the better. */
function likelihood(of: readonly Case[], constants: Calibration): number {
  const logs = of.map(({ scores, faultAt }) => {
    const sure = confidences(scores, constants);
    const none = 1 - sure.reduce((sum, each) => sum + each, 0);
    return Math.log(Math.max(1e-3, faultAt < 0 ? none : sure[faultAt]!));
  });
  return logs.reduce((sum, log) => sum + log, 0) / Math.max(1, logs.length);
}

function fit(of: readonly Case[]): Calibration {
  let best = { constants: calibration, value: -Infinity };
  for (let none = -1; none <= 5; none += 0.25) {
    for (const temperature of [0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4]) {
      const constants = { none, temperature };
      const value = likelihood(of, constants);
      if (value > best.value) best = { constants, value };
    }
  }
  return best.constants;
}

const toldWith = (of: readonly Case[], constants: Calibration): readonly Told[] =>
  of
    .filter(({ scores }) => scores.length > 0)
    .map(({ scores, faultAt }) => ({ confidence: confidences(scores, constants)[0]!, right: faultAt === 0 }));

const seeds = [...new Set(cases.map(({ seed }) => seed))].toSorted((a, b) => a - b);
const leftOut = seeds.flatMap((seed) =>
  toldWith(
    cases.filter((one) => one.seed === seed),
    fit(cases.filter((one) => one.seed !== seed)),
  ),
);
const trace: readonly Told[] = answersOf('trace')
  .filter(({ confidence }) => confidence > 0)
  .map(({ confidence, culprit }) => ({ confidence, right: culprit }));
const total = {
  cases: cases.length,
  seeds: seeds.length,
  built: {
    ...calibration,
    likelihood: likelihood(cases, calibration),
    bins: calibrationOf(toldWith(cases, calibration)),
  },
  fit: { ...fit(cases), likelihood: likelihood(cases, fit(cases)) },
  leftOut: calibrationOf(leftOut),
  trace: calibrationOf(trace),
};

if (flags.json) {
  console.log(JSON.stringify({ board: 'calibration', total }));
} else {
  const rows = (name: string, bins: ReturnType<typeof calibrationOf>): string[][] =>
    bins.map(({ from, to, answers, meanConfidence, right }) => [
      name,
      `${from.toFixed(1)} to ${to.toFixed(1)}`,
      String(answers),
      meanConfidence.toFixed(2),
      right.toFixed(2),
    ]);
  printTable(
    ['asked by', 'told', 'answers', 'mean', 'right'],
    [
      ...rows('time', total.built.bins),
      ...rows('time, seed left out', total.leftOut),
      ...rows('worst trace', total.trace),
    ],
  );
  const { none, temperature } = total.fit;
  console.log(
    `\nfits best: none ${none}, temperature ${temperature} (log-likelihood ${total.fit.likelihood.toFixed(3)}); built in: none ${calibration.none}, temperature ${calibration.temperature} (${total.built.likelihood.toFixed(3)})`,
  );
}
