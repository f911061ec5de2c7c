import { createMiner } from '../../../../src/engine/analyze/patterns/miner.ts';

/** Lines under the name of the event that they are of; order as given. */
export type Events = Readonly<Record<string, readonly string[]>>;

/** The events as the miner sees them: the lines of each group, groups and lines sorted, so that two can be compared. */
export function mined(events: Events): readonly (readonly string[])[] {
  const miner = createMiner();
  const lines = interleaved(events);
  const groups = lines.map((line) => miner.add(line));
  const byGroup = Map.groupBy(lines.keys(), (line) => miner.groupOf(groups[line] as number));
  return sorted([...byGroup.values()].map((own) => own.map((line) => lines[line] as string)));
}

export function expected(events: Events): readonly (readonly string[])[] {
  return sorted(Object.values(events));
}

/** One line of each event, then the next of each, as in a log. */
function interleaved(events: Events): readonly string[] {
  const queues = Object.values(events).map((lines) => [...lines]);
  const lines: string[] = [];
  while (queues.some((queue) => queue.length > 0)) for (const queue of queues) lines.push(...queue.splice(0, 1));
  return lines;
}

function sorted(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return groups.map((lines) => lines.toSorted()).toSorted((one, other) => (one.join('\n') < other.join('\n') ? -1 : 1));
}
