import { integerText } from './numbers.ts';

/** How the value of a metric point or exemplar was sent; its column is a Float64 in any case. */
export const numberType = { double: '', integer: 'i', none: 'n' } as const;

/** Of an integer; with all its digits where the nearest double is another number. */
export function integerType(low: number, high: number): string {
  const isExact = high >= -0x200000 && high < 0x200000;
  return isExact ? numberType.integer : numberType.integer + integerText(low, high);
}
