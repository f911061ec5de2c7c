/** How a column writes time: as text, or as a count of a unit since 1970. */
export type TimeForm = 'text' | 's' | 'ms' | 'us' | 'ns';

const pattern =
  /^\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?\s*$/i;

/** How many of a unit are a millisecond. */
const perMs: Readonly<Record<Exclude<TimeForm, 'text'>, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 };

/** @returns milliseconds since 1970, or undefined when the cell is no time in that form. Without a zone it is UTC. */
export function timeOf(cell: string, form: TimeForm): number | undefined {
  if (form === 'text') return textTime(cell);
  if (cell.trim() === '') return undefined;
  const count = Number(cell);
  return Number.isFinite(count) ? count / perMs[form] : undefined;
}

/** The unit of a count since 1970 by its size, for times between 1990 and 2100; undefined beyond those. */
export function unitOf(count: number): Exclude<TimeForm, 'text'> | undefined {
  const seconds1990 = 631_152_000;
  const seconds2100 = 4_102_444_800;
  const inUnit = (perSecond: number): boolean => count >= seconds1990 * perSecond && count < seconds2100 * perSecond;
  if (inUnit(1)) return 's';
  if (inUnit(1e3)) return 'ms';
  if (inUnit(1e6)) return 'us';
  return inUnit(1e9) ? 'ns' : undefined;
}

function textTime(cell: string): number | undefined {
  const match = pattern.exec(cell);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = match;
  const parts = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)] as const;
  if (!isDate(...parts)) return undefined;
  const utc = Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4], parts[5]);
  return utc + 1e3 * Number(`0.${fraction}`) - offsetMs(zone);
}

/** 24:00 is the end of a day and 60 a leap second; Date.UTC carries both over. */
function isDate(year: number, month: number, day: number, hour: number, minute: number, second: number): boolean {
  if (month < 1 || month > 12 || hour > 24 || minute > 59 || second > 60) return false;
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || /^(Z|UTC)$/i.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}
