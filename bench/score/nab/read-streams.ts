import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTable } from '../../../src/engine/analyze/input/read-table.ts';
import type { SeriesPoint } from '../../../src/engine/analyze/streams/detect-series.ts';
import type { LabelledWindow } from './score.ts';

/** A stream of the folder. */
export interface BoardStream {
  /** `<group>/<stream>.csv` */
  readonly name: string;
  readonly points: readonly SeriesPoint[];
  readonly windows: readonly LabelledWindow[];
}

/** Streams by name, with the first and last time of each window, as `windows.json` has them. */
type WindowsFile = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/**
 * The streams of a folder, in the order of `windows.json`. Rows that cannot be read are told on stderr and left out.
 *
 * @throws when the folder has no `windows.json` or a stream in it cannot be read
 */
export async function readStreams(folder: string): Promise<BoardStream[]> {
  const path = join(folder, 'windows.json');
  if (!existsSync(path)) throw new Error(`${folder} has no windows.json`);
  const labels = JSON.parse(readFileSync(path, 'utf8')) as WindowsFile;
  const streams: BoardStream[] = [];
  for (const [name, windows] of Object.entries(labels)) {
    const points = await readPoints(join(folder, name));
    streams.push({ name, points, windows: windows.map((window) => placesOf(window, points)).sort(byPlace) });
  }
  return streams;
}

async function readPoints(path: string): Promise<SeriesPoint[]> {
  const table = await readTable(path);
  if ('_tag' in table) throw new Error(`${path}: ${table._tag}`);
  const points: SeriesPoint[] = [];
  for await (const { rows, unixMs, values, badRows, broken } of table.batches) {
    for (let row = 0; row < rows; row++) points.push({ unixMs: unixMs[row]!, value: values[0]![row]! });
    for (const { line, reason } of badRows) console.error(`${path}, line ${line}: ${reason}`);
    if (broken !== undefined) throw new Error(`${path}: ${broken}`);
  }
  return points;
}

function placesOf([first, last]: readonly [string, string], points: readonly SeriesPoint[]): LabelledWindow {
  const [from, to] = [utcMs(first), utcMs(last)];
  const inside = ({ unixMs }: SeriesPoint): boolean => unixMs >= from && unixMs <= to;
  const start = points.findIndex(inside);
  // A window without rows counts as missed: it stands behind the last row.
  if (start === -1) return { from: points.length, to: points.length };
  return { from: start, to: points.findLastIndex(inside) };
}

const utcMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

const byPlace = (a: LabelledWindow, b: LabelledWindow): number => a.from - b.from;
