import type { FoundChange } from './judge.ts';

/** What changed, without the pattern's text: "20× its usual 3 a minute, since 14:05". */
export function wordsOf(change: FoundChange, onsetMs: number): string {
  const { minutes } = change;
  const since = `since ${clockTime(onsetMs)}`;
  const things = change.signal === 'logs' ? 'lines' : 'traces';
  switch (change.kind) {
    case 'new':
      return `new ${since}: ${shortNumber(change.value)} ${change.value === 1 ? things.slice(0, -1) : things}`;
    case 'vanished':
      return `gone ${since}: usually ${shortNumber(change.usual / minutes)} a minute`;
    case 'rate':
      return `${timesOf(change.value, change.usual)} its usual ${shortNumber(change.usual / minutes)} a minute, ${since}`;
    case 'errors':
      return `${shortNumber(change.value)} traces with an error, usually ${shortNumber(change.usual)}, ${since}`;
    case 'duration':
      return `p50 ${timesOf(change.value, change.usual)} its usual ${shortNumber(change.usual)} ms, ${since}`;
    case 'parameter': {
      const { parameter, value = '', usual = '' } = change.parameter ?? {};
      return `parameter ${(parameter ?? 0) + 1} is ${value}, usually ${usual}, ${since}`;
    }
  }
}

export const timesOf = (value: number, usual: number): string => `${shortNumber(value / Math.max(usual, 1e-9))}×`;

/** Two digits that count, or all of a whole number. */
export function shortNumber(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

/** `14:05`, UTC. */
export const clockTime = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
