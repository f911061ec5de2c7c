import { faultNames, type FaultName } from '../../../src/engine/demo/fault-names.ts';

/** What is turned on in one shop: one fault, two at once, or none. */
export interface ExplainCase {
  readonly faults: readonly FaultName[];
  readonly seed: number;
}

/** Two at once, of different services. */
export const pairs: readonly (readonly [FaultName, FaultName])[] = [
  ['slow-dependency', 'n-plus-one'],
  ['error-burst', 'cache-miss'],
  ['timeout-mismatch', 'payload-growth'],
  ['hot-key', 'slow-dependency'],
];

export const kindOf = ({ faults }: Pick<ExplainCase, 'faults'>): string =>
  faults.length === 0 ? 'none' : faults.join(' + ');

/** Every fault, the pairs, and twice none, for each seed. */
export function casesOf(seeds: readonly number[]): readonly ExplainCase[] {
  const kinds: readonly (readonly FaultName[])[] = [...faultNames.map((name) => [name]), ...pairs, [], []];
  return seeds.flatMap((seed) =>
    kinds.map((faults, index) => ({ faults, seed: seed + (index === kinds.length - 1 ? 1_000 : 0) })),
  );
}

/** Those that `--only` names, two faults at once as `a+b` and a shop without any as `none`; all, where it names none. */
export const chosen = <Case extends Pick<ExplainCase, 'faults'>>(
  cases: readonly Case[],
  only: readonly string[],
): readonly Case[] =>
  only.length === 0 ? cases : cases.filter(({ faults }) => only.includes(faults.join('+') || 'none'));
