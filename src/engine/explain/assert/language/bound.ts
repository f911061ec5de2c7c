import type { Bound, Unit } from './expression.ts';

/** Nanoseconds, a share of 1, calls a second: what one of each is in the base unit. */
const factors: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  duration: { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 6e10 },
  count: { '': 1 },
  share: { '%': 1 / 100 },
  rate: { '/s': 1, '/m': 1 / 60, '/h': 1 / 3600 },
};

const unitWords: Readonly<Record<Unit, string>> = {
  duration: 'a duration such as 300ms',
  count: 'a whole number such as 0',
  share: 'a percentage such as 1%',
  rate: 'calls a second such as 10/s',
};

/** More has no meaning in any unit, and would not be printed as it is read. */
const mostValue = 1e15;

/** @returns what the number means, or why it does not fit the unit */
export function readBound(text: string, unit: Unit): Bound | { readonly problem: string } {
  const [, figure = '', suffix = ''] = /^([\d.]+)(.*)$/.exec(text) ?? [];
  const amount = Number(figure);
  if (amount > mostValue) return { problem: 'this number is too large' };
  if (amount === 0 && suffix === '') return { text, value: 0 };
  const factor = factors[unit][suffix];
  if (factor === undefined) return { problem: `expected ${unitWords[unit]}, not ${text}` };
  if (unit === 'count' && !Number.isInteger(amount)) return { problem: `expected ${unitWords.count}, not ${text}` };
  return { text, value: inUnit(amount * factor, unit) };
}

/** Durations are whole nanoseconds; the rest is freed of what floating point adds, so that 3 of 1,000 are 0.3 %. */
export const inUnit = (value: number, unit: Unit): number =>
  unit === 'duration' ? Math.round(value) : Number(value.toPrecision(12));
