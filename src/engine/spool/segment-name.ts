import { join } from 'node:path';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';

/**
 * `<spool>/<table>/<sequence>-<random>.open` while it is written, `.native` once it is closed. The sequence counts up
 * and starts at the time when the file was opened (milliseconds since 1970), so names sort by age and say it; the
 * random part keeps ids unique across restarts and moved clocks.
 */
export interface SegmentName {
  /** The stem: also the deduplication token of the insert. */
  readonly id: string;
  readonly sequence: number;
  readonly state: 'open' | 'native';
}

const pattern = /^((\d{15})-[0-9a-f]{8})\.(open|native)$/;

export function segmentId(sequence: number, random: number): string {
  return `${String(sequence).padStart(15, '0')}-${(random >>> 0).toString(16).padStart(8, '0')}`;
}

/** Null for a file that is not a segment. */
export function parseSegmentName(fileName: string): SegmentName | null {
  const match = pattern.exec(fileName);
  if (match === null) return null;
  return { id: match[1] ?? '', sequence: Number(match[2]), state: match[3] === 'open' ? 'open' : 'native' };
}

/** When the segment was opened, by its id. */
export function openedUnixMs(id: string): number {
  return Number(id.slice(0, 15));
}

export const tableDirectory = (directory: string, table: TelemetryTableName): string => join(directory, table);
export const quarantineDirectory = (directory: string): string => join(directory, 'quarantine');
export const segmentPath = (directory: string, table: TelemetryTableName, id: string, state: 'open' | 'native') =>
  join(tableDirectory(directory, table), `${id}.${state}`);
