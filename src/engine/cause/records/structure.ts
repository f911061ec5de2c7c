import { noCounts, type Counts, type FeatureCounts } from './feature-counts.ts';
import { highOf, lowOf, pairOf } from './intern.ts';
import { partsOf, type Invocation, type Vocabulary } from './invocations.ts';
import { endOf } from './trace-spans.ts';

/** What is there in at most this share of the usual runs may appear; in at least the rest, vanish. */
const invariant = 0.1;
const leastUsualRuns = 2;
/** Chi-squared with one degree of freedom at .05. */
const leastG = 3.84;
/** Part of the greatest surprise from which on a deviation counts beside it. */
const nearlyAsMuch = 0.7;

/** A feature of an operation that its runs now have and usually have not, or the other way round. */
export interface FeatureChange {
  readonly operation: number;
  readonly feature: number;
  readonly appeared: boolean;
  /** Natural log of how much likelier the feature's presence (absence) is now than usually. */
  readonly llr: number;
  /** Runs with it and all runs, now and usually. */
  readonly present: number;
  readonly runs: number;
  readonly usually: number;
  readonly usualRuns: number;
  readonly ofErrors: boolean;
}

/** A run that differs, and by what. */
export interface Surprise {
  readonly invocation: Invocation;
  readonly surprise: number;
  /** Unix milliseconds of its earliest strong deviation. */
  readonly atMs: number;
  readonly changes: readonly FeatureChange[];
}

/** A trace's deviation, credited to the run that differed first. */
export interface Credit extends Surprise {
  /** Part of the operation's runs that deviate. */
  readonly share: number;
}

export interface UsualCounts {
  readonly usual: FeatureCounts;
  /** Pooled windows of the past; what holds must hold against both. */
  readonly history?: FeatureCounts;
}

/**
 * What differs in structure: log templates, their order, inner spans and calls that appear in, or vanish from, runs of an
 * operation. Per trace the run that differs first takes the credit: what follows from it is explained by it.
 * @param traces the invocations of each trace
 */
export function structureCredits(
  traces: readonly (readonly Invocation[])[],
  now: FeatureCounts,
  baselines: UsualCounts,
  { features }: Vocabulary,
): Credit[] {
  const changes = {
    fine: changesOf(now.fine, (counts) => counts.fine, baselines, features, false),
    error: changesOf(errorsOf(now), (counts) => counts.all, baselines, features, true),
  };
  if (changes.fine.size === 0 && changes.error.size === 0) return [];
  const deviating = new Map<number, number>();
  const credited: Surprise[] = [];
  for (const invocations of traces) {
    const surprises = invocations.flatMap((invocation): Surprise[] => {
      const own = changes[invocation.isError ? 'error' : 'fine'].get(invocation.operation);
      const found = own === undefined ? undefined : surpriseOf(invocation, own, baselines.usual.all);
      return found === undefined ? [] : [found];
    });
    for (const { invocation } of surprises) {
      deviating.set(invocation.operation, (deviating.get(invocation.operation) ?? 0) + 1);
    }
    const most = surprises.reduce((max, { surprise }) => Math.max(max, surprise), 0);
    const first = surprises
      .filter(({ surprise }) => surprise >= nearlyAsMuch * most)
      .reduce<Surprise | undefined>(
        (least, one) => (least === undefined || one.atMs < least.atMs ? one : least),
        undefined,
      );
    if (first !== undefined) credited.push(first);
  }
  return credited.map((credit) => ({
    ...credit,
    share: deviating.get(credit.invocation.operation)! / now.all.runs.get(credit.invocation.operation)!,
  }));
}

/** The runs with an error: all without the fine ones. */
function errorsOf({ fine, all }: FeatureCounts): Counts {
  const less = (part: 'runs' | 'having'): Map<number, number> =>
    new Map(
      [...all[part]].map(([key, count]) => [key, count - (fine[part].get(key) ?? 0)] as const).filter(([, n]) => n > 0),
    );
  return { runs: less('runs'), having: less('having'), offsets: new Map() };
}

type Changes = ReadonlyMap<number, readonly FeatureChange[]>;

function changesOf(
  now: Counts,
  stratumOf: (counts: FeatureCounts) => Counts,
  { usual, history = noCounts() }: UsualCounts,
  features: Vocabulary['features'],
  ofErrors: boolean,
): Changes {
  const found = new Map<number, FeatureChange[]>();
  const [base, past] = [stratumOf(usual), stratumOf(history)];
  const look = (key: number): void => {
    const [operation, feature] = [highOf(key), lowOf(key)];
    const change = changeOf(key, now, base, ofErrors);
    if (change === undefined || (change.appeared && callsUnseen(feature, usual, features))) return;
    const inPast =
      (past.runs.get(operation) ?? 0) < leastUsualRuns ? change : changeOf(key, now, past, ofErrors, change);
    if (inPast === undefined || inPast.appeared !== change.appeared) return;
    const own = found.get(operation) ?? [];
    if (own.length === 0) found.set(operation, own);
    own.push({ ...change, llr: Math.min(change.llr, inPast.llr) });
  };
  for (const key of now.having.keys()) look(key);
  for (const key of base.having.keys()) if (!now.having.has(key) && now.runs.has(highOf(key))) look(key);
  return found;
}

/**
 * @param known the change against what is usual: the past then needs to show the same direction only, as a few of its
 * windows may hold the trouble already, unnoticed, and the ratio says how much that weighs
 */
function changeOf(
  key: number,
  now: Counts,
  base: Counts,
  ofErrors: boolean,
  known?: FeatureChange,
): FeatureChange | undefined {
  const [operation, feature] = [highOf(key), lowOf(key)];
  const usualRuns = base.runs.get(operation) ?? 0;
  const runs = now.runs.get(operation) ?? 0;
  if (usualRuns < leastUsualRuns || runs === 0) return undefined;
  const usually = base.having.get(key) ?? 0;
  const present = now.having.get(key) ?? 0;
  const appeared = known?.appeared ?? usually <= invariant * usualRuns;
  if (known === undefined && !appeared && usually < (1 - invariant) * usualRuns) return undefined;
  const [pf, pb] = [(present + 0.5) / (runs + 1), (usually + 0.5) / (usualRuns + 1)];
  if (appeared ? pf <= pb : pf >= pb) return undefined;
  if (gOf(present, runs, usually, usualRuns) < leastG) return undefined;
  const llr = appeared ? Math.log(pf / pb) : Math.log((1 - pf) / (1 - pb));
  return { operation, feature, appeared, llr, present, runs, usually, usualRuns, ofErrors };
}

/** Of a call to an operation that never ran usually: other traffic, no change of the caller. */
function callsUnseen(feature: number, usual: FeatureCounts, features: Vocabulary['features']): boolean {
  const [kind, called] = partsOf(features.textOf(feature));
  return kind === 'call' && !usual.all.runs.has(Number(called));
}

/** The likelihood ratio statistic of two shares, 2·Σ O·ln(O/E). */
export function gOf(a: number, n: number, b: number, m: number): number {
  const total = n + m;
  const cell = (observed: number, row: number, column: number): number =>
    observed === 0 ? 0 : observed * Math.log((observed * total) / (row * column));
  const have = a + b;
  const lack = total - have;
  return 2 * (cell(a, n, have) + cell(n - a, n, lack) + cell(b, m, have) + cell(m - b, m, lack));
}

function surpriseOf(invocation: Invocation, changes: readonly FeatureChange[], usual: Counts): Surprise | undefined {
  const own = changes.filter(({ feature, appeared }) => invocation.features.has(feature) === appeared);
  if (own.length === 0) return undefined;
  const surprise = own.reduce((max, { llr }) => Math.max(max, llr), 0);
  const strong = own.filter(({ llr }) => llr >= nearlyAsMuch * surprise);
  const atMs = strong.reduce((least, change) => Math.min(least, timeOf(invocation, change, usual)), Infinity);
  return { invocation, surprise, atMs, changes: strong };
}

/** When a feature came; of one that did not, when it usually comes, at the latest the end of the run. */
function timeOf({ entry, features, operation }: Invocation, { feature }: FeatureChange, usual: Counts): number {
  const came = features.get(feature);
  if (came !== undefined) return came;
  const key = pairOf(operation, feature);
  const offset = (usual.offsets.get(key) ?? 0) / Math.max(1, usual.having.get(key) ?? 0);
  return Math.min(endOf(entry), entry.startMs + offset);
}
