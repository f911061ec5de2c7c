/**
 * Share of lines whose group has exactly the lines of their event, no more and no fewer (Zhu et al., "Tools and
 * Benchmarks for Automated Log Parsing", ICSE-SEIP 2019; there "parsing accuracy").
 * @param groups a group for each line
 * @param events the true one for each line
 */
export function groupingAccuracy(groups: readonly number[], events: readonly string[]): number {
  const linesOfGroup = countsOf(groups);
  const linesOfEvent = countsOf(events);
  const both = new Map<number, Map<string, number>>();
  for (const [line, group] of groups.entries()) {
    const counts = both.get(group) ?? new Map<string, number>();
    both.set(group, counts);
    const event = events[line] as string;
    counts.set(event, (counts.get(event) ?? 0) + 1);
  }
  let right = 0;
  for (const [group, counts] of both) {
    for (const [event, count] of counts) {
      if (linesOfGroup.get(group) === count && linesOfEvent.get(event) === count) right += count;
    }
  }
  return groups.length === 0 ? 1 : right / groups.length;
}

function countsOf<T>(values: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
