import type { SeriesName } from '../../engine/domain/anomaly.ts';
import type { SeriesData } from '../state/anomaly-data.ts';
import type { Tone } from '../theme.ts';
import { featureFigure } from './feature-figure.ts';
import { bar } from './sparkline.ts';
import { joinTones } from './table.ts';
import { segment, type Line } from './text.ts';
import { clock, dayClock, type Zone } from './time.ts';

const day = 86_400_000;

/**
 * A series over time in one line, and below it a rule where the anomaly lies: colour is never the only sign. Windows that
 * are not there are blank; zero is the lowest bar.
 */
export function seriesLines(
  series: SeriesData | undefined,
  { feature }: Pick<SeriesName, 'feature'>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number | null },
  tone: Tone,
  zone: Zone,
  width: number,
): readonly Line[] {
  // As high as what comes, so that nothing moves then.
  if (series === undefined) return [[segment('Loading …', 'muted')], [], []];
  const { fromMs, toMs, stepMs, points } = series;
  if (points.length === 0) return [[segment('no windows of it are kept', 'muted')]];
  const columns = Math.max(1, Math.min(width, Math.ceil((toMs - fromMs) / stepMs)));
  const highest: (number | null)[] = Array.from({ length: columns }, () => null);
  const columnAt = (atMs: number): number => Math.floor(((atMs - fromMs) / (toMs - fromMs)) * columns);
  for (const [atMs, value] of points) {
    const at = columnAt(atMs);
    if (at >= 0 && at < columns) highest[at] = Math.max(highest[at] ?? value, value);
  }
  const first = columnAt(startMs);
  const last = Math.max(first, columnAt(endMs ?? toMs - 1));
  const isIn = (at: number): boolean => at >= first && at <= last;
  const top = Math.max(0, ...points.map(([, value]) => value));
  const line = highest.map((value, at) => {
    const text = value === null ? ' ' : value <= 0 ? '▁' : bar(value, top);
    return segment(text, isIn(at) ? tone : 'muted');
  });
  const rule = highest.map((_, at) => segment(isIn(at) ? '━' : ' ', tone));
  const time = toMs - fromMs < day ? clock : dayClock;
  const axis = `${time(fromMs, zone)} to ${time(toMs, zone)}, highest ${featureFigure(feature, top)}`;
  return [joinTones(line), joinTones(rule), [segment(axis, 'muted')]];
}
