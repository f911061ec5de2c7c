/** Two collections as multisets: what only one of them has. */
export interface Difference {
  readonly equal: number;
  readonly lost: readonly string[];
  readonly foreign: readonly string[];
}

export function compare(sent: readonly string[], got: readonly string[]): Difference {
  const counts = new Map<string, number>();
  for (const item of sent) counts.set(item, (counts.get(item) ?? 0) + 1);
  const foreign = got.filter((item) => {
    const left = counts.get(item) ?? 0;
    if (left > 0) counts.set(item, left - 1);
    return left === 0;
  });
  const lost = [...counts].flatMap(([item, left]) => Array.from({ length: left }, () => item));
  return { equal: got.length - foreign.length, lost, foreign };
}
