import { beginningKinds, togetherMs, type Beginning, type Meeting, type TogetherRange } from './beginning.ts';

/** Of one kind and service the most surprising counts, and no more than this: a hundred new lines have one cause. */
const mostOfOne = 6;
const minuteMs = 60_000;
const mostMeetings = 20;
const inWords = 3;

/**
 * Finds the stretch of `togetherMs` whose beginnings are least likely to meet, takes them out, and goes on: each
 * beginning is part of one meeting. The most surprising meeting first.
 */
export function meetingsOf(beginnings: readonly Beginning[], range: TogetherRange): readonly Meeting[] {
  let left = beginnings.toSorted((a, b) => a.onsetMs - b.onsetMs);
  // There are so many stretches in which it could have been.
  const looks = Math.max(0, Math.log10((range.toMs - range.fromMs) / togetherMs));
  const meetings: Meeting[] = [];
  while (left.length > 0 && meetings.length < mostMeetings) {
    const { from, to, sum } = strongest(left);
    meetings.push(meetingOf(left.slice(from, to), Math.max(0, sum - looks)));
    left = [...left.slice(0, from), ...left.slice(to)];
  }
  return meetings.toSorted((a, b) => b.surprise - a.surprise || a.startMs - b.startMs);
}

/** Index of the first and behind the last of the stretch. */
function strongest(sorted: readonly Beginning[]): { from: number; to: number; sum: number } {
  let best = { from: 0, to: 1, sum: -1 };
  for (let from = 0, to = 0; from < sorted.length; from++) {
    while (to < sorted.length && sorted[to]!.onsetMs < sorted[from]!.onsetMs + togetherMs) to++;
    const sum = sumOf(sorted.slice(from, to));
    if (sum > best.sum + 1e-9) best = { from, to, sum };
  }
  return best;
}

function sumOf(beginnings: readonly Beginning[]): number {
  const most = new Map<string, number>();
  for (const { kind, service, surprise } of beginnings) {
    const key = `${kind}\u0000${service}`;
    most.set(key, Math.max(most.get(key) ?? 0, Math.min(mostOfOne, surprise)));
  }
  return [...most.values()].reduce((sum, surprise) => sum + surprise, 0);
}

function meetingOf(sorted: readonly Beginning[], surprise: number): Meeting {
  const startMs = sorted[0]!.onsetMs;
  const minuteOf = ({ onsetMs }: Beginning): number => Math.floor((onsetMs - startMs) / minuteMs);
  const rank = ({ kind }: Beginning): number => beginningKinds.indexOf(kind);
  const beginnings = sorted.toSorted(
    (a, b) =>
      minuteOf(a) - minuteOf(b) ||
      rank(a) - rank(b) ||
      b.surprise - a.surprise ||
      (a.service + a.subject < b.service + b.subject ? -1 : 1),
  );
  const services = [...new Set(beginnings.map(({ service }) => service).filter((service) => service !== ''))];
  return { startMs, endMs: sorted.at(-1)!.onsetMs, services, surprise, beginnings, words: wordsOf(beginnings) };
}

function wordsOf(beginnings: readonly Beginning[]): string {
  const shown = beginnings.slice(0, inWords).map(({ words }) => words);
  const rest = beginnings.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}
