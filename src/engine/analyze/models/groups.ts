import type { SeriesName } from '../../domain/anomaly.ts';
import type { ModelCard } from './artefact.ts';
import { leastUsual, Tracking } from './judge.ts';
import { quantile } from './prove.ts';

/**
 * The services of the columns, each with the median of its tracked score.
 * @param columns those of one service stand together
 * @param errors of usual windows, rows × columns
 */
export function groupsOf(
  columns: readonly SeriesName[],
  usual: readonly number[],
  errors: Float32Array,
  begins: (row: number) => boolean,
): ModelCard['groups'] {
  const counts = new Map<string, number>();
  for (const { service } of columns) counts.set(service, (counts.get(service) ?? 0) + 1);
  const raw = [...counts].map(([service, count]) => ({ service, columns: count, usual: 1 }));
  const tracking = new Tracking({ usual, groups: raw });
  const width = columns.length;
  const scores = raw.map(() => new Float64Array(errors.length / width));
  for (let row = 0; row * width < errors.length; row++) {
    if (begins(row)) tracking.reset();
    const found = tracking.push(errors.subarray(row * width, (row + 1) * width));
    for (const [group, { score }] of found.entries()) scores[group]![row] = score;
  }
  return raw.map((group, index) => ({ ...group, usual: Math.max(leastUsual, quantile(scores[index]!.sort(), 0.5)) }));
}
