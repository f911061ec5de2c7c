const missingWords = new Set(['', 'nan', 'null', 'na', 'n/a', 'none', '-', 'nil', 'undefined']);

/** Whether a cell says that there is no value. */
export const isMissing = (cell: string): boolean => cell.length < 10 && missingWords.has(cell.trim().toLowerCase());

/**
 * The number in a cell; NaN for one that says that there is none; undefined for text.
 *
 * @param decimalComma whether `1,5` is one and a half, as in files whose cells stand apart by semicolons
 */
export function numberOf(cell: string, decimalComma = false): number | undefined {
  const value = Number(cell);
  if (!Number.isNaN(value) && !(value === 0 && isMissing(cell))) return isHex(cell) ? undefined : value;
  if (isMissing(cell)) return Number.NaN;
  const text = cell.trim();
  if (decimalComma && /^[+-]?\d+,\d+(e[+-]?\d+)?$/i.test(text)) return Number(text.replace(',', '.'));
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return undefined;
}

/** `Number` reads 0x, 0b and 0o too, which are ids rather than measurements. */
const isHex = (cell: string): boolean => /^\s*0[box]/i.test(cell);
