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
export function casesOf(seeds: readonly number[], only: readonly string[] = []): readonly ExplainCase[] {
  const kinds: readonly (readonly FaultName[])[] = [...faultNames.map((name) => [name]), ...pairs, [], []];
  const wanted = kinds.filter((faults) => only.length === 0 || only.includes(faults.join('+') || 'none'));
  return seeds.flatMap((seed) =>
    wanted.map((faults, index) => ({ faults, seed: seed + (index === kinds.length - 1 ? 1_000 : 0) })),
  );
}
