import { areAlike, countsOf, strataOf, withValues, type RequestPattern } from './request-table.ts';
import { simplicity } from './restating.ts';
import { attributable, likelihoodRatio, logChance, logChanceWithin, oddsRatio, type Counts } from './statistics.ts';
import { compareTexts, type CountedValue, type TriedValue } from './tried-value.ts';

/** A value or a pair that separates, before its evidence is fetched. */
export interface FoundSplit {
  readonly values: readonly TriedValue[];
  readonly alike: readonly TriedValue[];
  readonly counts: Counts;
  readonly effect: number;
  readonly chance: number;
}

/** Bad requests that must have a value. */
export const fewestBad = 3;
/** Values whose combinations are looked at: the bits of a mask. */
const mostValues = 30;
/** Values with one and the same counts are mostly names of one thing: so many of them are enough. */
const mostAlike = 4;
const mostPaired = 12;
/** Of a question in which nothing separates, values are found by chance in one of a hundred, and pairs in another one. */
const mostChance = 0.01;
/** What matters besides being no chance: with many requests everything is significant. */
const leastEffect = 0.1;
const leastOdds = 2;

/** The values that say most on first sight, of which combinations are worth counting. */
export function promising(values: readonly CountedValue[]): readonly TriedValue[] {
  const ranked = values
    .map((value) => ({ value, ratio: likelihoodRatio(value.counts) }))
    .sort((one, other) => other.ratio - one.ratio || bySimplicity(one.value, other.value));
  const same = new Map<string, number>();
  const taken: TriedValue[] = [];
  const thresholds = new Set<string>();
  for (const { value } of ranked) {
    const { counts, ...tried } = value;
    if (tried.comparison !== '=') {
      const name = JSON.stringify([tried.place, tried.origin, tried.key, tried.comparison]);
      if (thresholds.has(name)) continue;
      thresholds.add(name);
    }
    const name = `${counts.bad} ${counts.good}`;
    const before = same.get(name) ?? 0;
    same.set(name, before + 1);
    if (before < mostAlike) taken.push(tried);
    if (taken.length === mostValues) break;
  }
  return taken;
}

interface Option {
  /** Bits of the values. */
  readonly need: number;
  readonly values: readonly TriedValue[];
  readonly alike: readonly TriedValue[];
  readonly counts: Counts;
  readonly ratio: number;
  /** Natural log of the probability, corrected for the comparisons. */
  readonly logChance: number;
}

/**
 * What separates, the most telling first. A single value is believed when Fisher's exact test survives Bonferroni's
 * correction over all `tried` values; a pair when it does over all pairs of these, fits better than either value by more than
 * the choice among that many gives by chance, and each value tells something among the requests with the other one. What says
 * nothing beyond those before it (Cochran, Mantel and Haenszel, in strata of these) is left out: the region of the one tenant
 * that fails. Values of the same requests become one. Pure.
 */
export function findSplits(
  patterns: readonly RequestPattern[],
  values: readonly TriedValue[],
  tried: number,
): readonly FoundSplit[] {
  const singles = mergeAlike(patterns, values, Math.log(Math.max(1, tried)));
  const options = [...singles, ...pairsOf(patterns, singles.slice(0, mostPaired), tried)]
    .filter(isClear)
    .sort((one, other) => other.ratio - one.ratio || one.values.length - other.values.length);
  const kept: Option[] = [];
  for (const option of options) {
    if (kept.length === 0 || saysMore(patterns, option, kept, options.length)) kept.push(option);
  }
  return kept.map(({ values: of, alike, counts, logChance: log }) => ({
    values: of,
    alike,
    counts,
    effect: attributable(counts),
    chance: Math.max(1e-300, Math.exp(Math.min(0, log))),
  }));
}

function isClear({ counts, logChance: log }: Option): boolean {
  return (
    counts.bad >= fewestBad &&
    log <= Math.log(mostChance) &&
    attributable(counts) >= leastEffect &&
    oddsRatio([counts]) >= leastOdds
  );
}

/** The values, those of the same requests as one under its simplest name, the most telling first. */
function mergeAlike(
  patterns: readonly RequestPattern[],
  values: readonly TriedValue[],
  logComparisons: number,
): readonly Option[] {
  const ranked = values
    .map((value, at) => {
      const need = 1 << at;
      const counts = countsOf(patterns, need);
      return { value, need, counts, ratio: likelihoodRatio(counts) };
    })
    .filter(({ counts, ratio }) => counts.bad >= fewestBad && ratio > 0)
    .sort((one, other) => other.ratio - one.ratio || bySimplicity(one.value, other.value));
  const groups: (typeof ranked)[] = [];
  for (const one of ranked) {
    const group = groups.find(([first]) => first !== undefined && areAlike(patterns, first.need, one.need));
    if (group === undefined) groups.push([one]);
    else group.push(one);
  }
  return groups.flatMap((group) => {
    const [first, ...others] = group.sort((one, other) => bySimplicity(one.value, other.value));
    if (first === undefined) return [];
    const { value, need, counts, ratio } = first;
    const alike = others.map((other) => other.value);
    return [{ need, values: [value], alike, counts, ratio, logChance: logChance(counts) + logComparisons }];
  });
}

/** Pairs that say clearly more than either of their values. */
function pairsOf(patterns: readonly RequestPattern[], singles: readonly Option[], tried: number): readonly Option[] {
  const logValues = Math.log(Math.max(1, tried));
  const logPairs = Math.log(Math.max(1, (tried * (tried - 1)) / 2));
  return singles.flatMap((one, at) =>
    singles.slice(at + 1).flatMap((other) => {
      const need = one.need | other.need;
      const counts = countsOf(patterns, need);
      const ratio = likelihoodRatio(counts);
      if (ratio <= Math.max(one.ratio, other.ratio) + 2 * logValues) return [];
      const within = [
        countsOf(withValues(patterns, one.need), other.need),
        countsOf(withValues(patterns, other.need), one.need),
      ];
      const each = within.every(
        (part) => logChance(part) + logValues <= Math.log(mostChance) && oddsRatio([part]) >= leastOdds,
      );
      const values = [...one.values, ...other.values].sort(bySimplicity);
      return each
        ? [
            {
              need,
              values,
              alike: [...one.alike, ...other.alike],
              counts,
              ratio,
              logChance: logChance(counts) + logPairs,
            },
          ]
        : [];
    }),
  );
}

/** Whether it still tells bad from good among requests that agree in all that was found before. */
function saysMore(
  patterns: readonly RequestPattern[],
  { need }: Option,
  kept: readonly Option[],
  among: number,
): boolean {
  const strata = strataOf(
    patterns,
    kept.map((before) => before.need),
  ).map((stratum) => countsOf(stratum, need));
  const bad = strata.reduce((sum, counts) => sum + (counts.goodAll > 0 ? counts.bad : 0), 0);
  return (
    bad >= fewestBad &&
    oddsRatio(strata) >= leastOdds &&
    logChanceWithin(strata) + Math.log(among) <= Math.log(mostChance)
  );
}

function bySimplicity(one: TriedValue, other: TriedValue): number {
  return (
    simplicity(one.key) - simplicity(other.key) ||
    Number(one.place !== '') - Number(other.place !== '') ||
    Number(one.comparison !== '=') - Number(other.comparison !== '=') ||
    compareTexts(one.key, other.key) ||
    compareTexts(one.value, other.value) ||
    compareTexts(one.place, other.place) ||
    compareTexts(one.origin, other.origin) ||
    compareTexts(one.comparison, other.comparison)
  );
}
