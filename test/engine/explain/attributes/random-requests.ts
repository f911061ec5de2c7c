import { fewestBad, promising } from '../../../../src/engine/explain/attributes/find-splits.ts';
import type { RequestPattern } from '../../../../src/engine/explain/attributes/request-table.ts';
import type { CountedValue, TriedValue } from '../../../../src/engine/explain/attributes/tried-value.ts';

/** The number of the value that each attribute has in a request. */
export interface DrawnRequest {
  readonly bad: boolean;
  readonly values: readonly number[];
}

/** What the store would count of such requests: values looked at, how many were tried, and which go together. */
export function countsOfDrawn(requests: readonly DrawnRequest[]): {
  readonly patterns: readonly RequestPattern[];
  readonly values: readonly TriedValue[];
  readonly tried: number;
} {
  const badAll = requests.filter(({ bad }) => bad).length;
  const goodAll = requests.length - badAll;
  const counted: CountedValue[] = [];
  let tried = 0;
  for (let attribute = 0; attribute < (requests[0]?.values.length ?? 0); attribute++) {
    const counts = new Map<number, { bad: number; good: number }>();
    for (const { bad, values } of requests) {
      const value = values[attribute] ?? 0;
      const count = counts.get(value) ?? { bad: 0, good: 0 };
      counts.set(value, count);
      count[bad ? 'bad' : 'good']++;
    }
    for (const [value, { bad, good }] of counts) {
      if (bad + good < fewestBad) continue;
      tried++;
      const isCommoner = bad >= fewestBad && bad * goodAll > good * badAll;
      if (isCommoner) counted.push({ ...valueOf(attribute, value), counts: { bad, badAll, good, goodAll } });
    }
  }
  const values = promising(counted);
  const places = values.map(({ key, value }) => [Number(key.slice(1)), Number(value)] as const);
  const patterns = requests.map(({ bad, values: own }): RequestPattern => {
    const mask = places.reduce(
      (sum, [attribute, value], bit) => (own[attribute] === value ? sum | (1 << bit) : sum),
      0,
    );
    return { mask, bad: bad ? 1 : 0, good: bad ? 0 : 1 };
  });
  return { patterns, values, tried };
}

const valueOf = (attribute: number, value: number): TriedValue => ({
  place: '',
  origin: 'span',
  key: `a${attribute}`,
  value: String(value),
  comparison: '=',
});
