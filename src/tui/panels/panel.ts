import type { QueryOfLists } from '../../engine/search/found-traces.ts';
import { spanBuckets } from '../../engine/store/queries.ts';
import type { PanelData, PanelId } from '../state/data.ts';

/** A row as JSONEachRow brings it; panels ask for doubles and texts only, which JSON carries as they are. */
export type Row = Readonly<Record<string, unknown>>;

export interface PanelStatement extends QueryOfLists {
  /** About a time that is over: with the same parameters it need not be asked again for a while. */
  readonly isPast?: boolean;
}

/** How a panel gets its data: statements, and a pure function from their rows to what is shown. */
export interface Panel<P extends PanelId> {
  readonly statements: readonly PanelStatement[];
  /** What is asked next, after these answers; asked again after each, until nothing is left to ask. */
  follow?(answers: readonly (readonly Row[])[]): PanelStatement | null;
  decode(...answers: readonly (readonly Row[])[]): PanelData[P];
  /** What is shown when the store has not these tables or columns: another version of obs made them. */
  readonly withoutTables?: PanelData[P];
}

export function number(row: Row, name: string): number {
  const value = row[name];
  return typeof value === 'number' ? value : Number(value ?? 0);
}

export function text(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

/** Unix milliseconds; null where the column is NULL. */
export function timeOrNull(row: Row, name: string): number | null {
  return row[name] === null || row[name] === undefined ? null : number(row, name);
}

export function list(row: Row, name: string): readonly unknown[] {
  const value = row[name];
  return Array.isArray(value) ? value : [];
}

export function attributes(value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
}

/** ` AND ServiceName IN (…)` with its parameters; nothing for all services. */
export function ofServices(services: readonly string[]): {
  readonly sql: string;
  readonly parameters: Record<string, string>;
} {
  if (services.length === 0) return { sql: '', parameters: {} };
  const names = services.map((_, i) => `{service${i}:String}`).join(', ');
  return {
    sql: ` AND ServiceName IN (${names})`,
    parameters: Object.fromEntries(services.map((service, i) => [`service${i}`, service])),
  };
}

/** Senders' clocks may run ahead a little. */
export const aheadMs = 60_000;

/** The range as SQL, with the parameters `fromMs` and `toMs`. */
export const rangeStart = 'fromUnixTimestamp64Milli({fromMs:Int64})';
export const rangeEnd = 'fromUnixTimestamp64Milli({toMs:Int64})';

/** `Timestamp` in the range. */
export const inRange = `Timestamp >= ${rangeStart} AND Timestamp < ${rangeEnd}`;

/** Spans from a time on to the range's end, by their table's first key as well. */
export const spansSince = (start: string): string =>
  `Timestamp >= ${start} AND Timestamp < ${rangeEnd} AND ${spanBuckets(start, rangeEnd)}`;

export const spansInRange = spansSince(rangeStart);

export function rangeParameters(rangeMs: number, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: nowMs - rangeMs, toMs: nowMs + aheadMs };
}
