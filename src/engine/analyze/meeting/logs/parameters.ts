import { numberPattern } from './message-sql.ts';

/** What a parameter of a pattern was so far; plain JSON. */
export interface ParameterHistory {
  /** Different values, until there were too many: then `null`, and only numbers are still watched. */
  values: string[] | null;
  /** Whether all values were numbers, with or without a unit behind them. */
  numeric: boolean;
  min: number;
  max: number;
  /** Minutes in which it was seen, and in which it went beyond what it had been. */
  minutes: number;
  records: number;
  lastMinuteMs: number;
}

/** A value out of the usual, in one minute: an element of `obs_pattern_counts.Unusual`. */
export interface UnusualValue {
  /** Of the template's parameters, from 0. */
  readonly parameter: number;
  readonly kind: 'new value' | 'out of range';
  readonly value: string;
  /** "one of a, b", "2 to 380". */
  readonly usual: string;
  /** −log10 of the probability that such a value comes in some minute. */
  readonly surprise: number;
}

/** Values of a parameter that is still called "few". */
const fewValues = 8;
/** Minutes that must be known before anything is called unusual. */
const leastMinutes = 30;
/** A number is out of range at more than so many times the largest, or less than so little of the smallest. */
const rangeFactor = 2;
/** One that sets records in more of its minutes is a counter, a time or an id. */
const mostRecords = 0.2;
const valueCharacters = 80;

export const newHistory = (): ParameterHistory => ({
  values: [],
  numeric: true,
  min: Infinity,
  max: -Infinity,
  minutes: 0,
  records: 0,
  lastMinuteMs: -1,
});

/** Takes the next value; returns what is unusual about it. */
export function takeValue(
  history: ParameterHistory,
  text: string,
  minuteMs: number,
): Pick<UnusualValue, 'kind' | 'usual' | 'surprise'> | null {
  const value = text.slice(0, valueCharacters);
  const number = numberOf(value);
  const unusual = history.minutes >= leastMinutes ? judge(history, value, number) : null;
  if (minuteMs !== history.lastMinuteMs) {
    history.lastMinuteMs = minuteMs;
    history.minutes++;
  }
  learn(history, value, number);
  return unusual;
}

function judge(
  { values, numeric, min, max, minutes, records }: ParameterHistory,
  value: string,
  number: number | null,
): Pick<UnusualValue, 'kind' | 'usual' | 'surprise'> | null {
  // Of numbers only the extremes of each minute are seen: they are few by chance, unless there is but one.
  const isFew = values !== null && values.length > 0 && values.length <= (numeric ? 1 : fewValues);
  if (isFew) {
    if (values.includes(value)) return null;
    // The next of n + 1 minutes brings a value that was not there: as often as values came so far, at most.
    const chance = values.length / (minutes + values.length);
    return { kind: 'new value', usual: `one of ${values.join(', ')}`, surprise: -Math.log10(chance) };
  }
  if (!numeric || number === null || records > mostRecords * minutes) return null;
  const above = number > max && number > rangeFactor * Math.abs(max);
  const below = number < min && min > 0 && number < min / rangeFactor;
  if (!above && !below) return null;
  // Of n + 1 exchangeable minutes each has the record with the same probability.
  return { kind: 'out of range', usual: `${min} to ${max}`, surprise: Math.log10(minutes + 1) };
}

function learn(history: ParameterHistory, value: string, number: number | null): void {
  const { values } = history;
  if (values !== null && !values.includes(value)) {
    if (values.length > fewValues) history.values = null;
    else values.push(value);
  }
  if (number === null) {
    history.numeric = false;
    return;
  }
  if (number > history.max || number < history.min) {
    history.records++;
    history.min = Math.min(history.min, number);
    history.max = Math.max(history.max, number);
  }
}

/** `-1.5`, `250ms`, `3 KB`, `12%`. Not hexadecimal ones, addresses, dates or versions. */
function numberOf(value: string): number | null {
  const match = /^[<>=#]?(-?\d+(?:\.\d+)?) ?[a-zA-Zµ%]{0,12}$/.exec(value);
  if (match === null) return null;
  const number = Number(match[1]);
  return Number.isFinite(number) ? number : null;
}

const numbers = new RegExp(numberPattern, 'g');

/**
 * The values of each parameter in a group of lines that differ in numbers only: of a number the smallest and the largest.
 * @param values those of one line. Fixed text has no digits, so that they hold all of its numbers, in their order
 * @param lows of each number of the line over all lines, as `highs`; none if the lines do not have the same numbers
 */
export function valuesOfGroup(
  values: readonly string[],
  lows: readonly number[],
  highs: readonly number[],
): readonly (readonly string[])[] {
  const found = values.map((value) => value.match(numbers)?.length ?? 0);
  const isAligned = found.reduce((sum, count) => sum + count, 0) === lows.length;
  let at = 0;
  return values.map((value, parameter) => {
    const own = at;
    at += found[parameter] as number;
    if (!isAligned || found[parameter] !== 1 || numberOf(value) === null) return [value];
    const [low, high] = [lows[own] as number, highs[own] as number].map((number) =>
      value.replace(numbers, String(number)),
    ) as [string, string];
    return low === high ? [low] : [low, high];
  });
}
