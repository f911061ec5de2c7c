import { countText, durationText } from '../format.ts';
import type { ValueUnit } from './answer.ts';
import type { Unit } from './language/expression.ts';

/** Units of values in answers: what people and JSON read, not the base units that are compared. */
export const shownUnit: Readonly<Record<Unit, ValueUnit>> = {
  duration: 'ms',
  count: 'count',
  share: 'percent',
  rate: 'per_second',
};

/** @param value in the base unit: nanoseconds, a count, a share of 1, calls a second */
export const shownValue = (value: number, unit: Unit): number =>
  unit === 'duration' ? value / 1e6 : unit === 'share' ? Number((value * 100).toPrecision(12)) : value;

/** A value of an answer as people read it, with enough digits that it does not look like its bound when it is not. */
export function valueText(value: number | null, unit: ValueUnit, bound?: number): string {
  if (value === null) return '?';
  const text = textOf[unit](value);
  return bound !== undefined && bound !== value && text === textOf[unit](bound) ? exactText[unit](value) : text;
}

const textOf: Readonly<Record<ValueUnit, (value: number) => string>> = {
  ms: durationText,
  count: (value) => value.toLocaleString('en-US'),
  percent: (value) => `${Number(value.toPrecision(3))} %`,
  per_second: (value) => `${Number(value.toPrecision(3))}/s`,
};

const exactText: Readonly<Record<ValueUnit, (value: number) => string>> = {
  ms: (value) => `${value} ms`,
  count: String,
  percent: (value) => `${value} %`,
  per_second: (value) => `${value}/s`,
};

/** What a value is of, and of how many: "service cart, 1,204 calls". */
export const ofText = (of: string | null, count: number | null, unit: ValueUnit): string =>
  [...(of === null ? [] : [of]), ...(count === null || unit === 'count' ? [] : [countText(count, 'call')])].join(', ');
