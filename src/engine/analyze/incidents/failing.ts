import { Effect } from 'effect';
import type { AnomalySeverity } from '../../domain/anomaly.ts';
import { rankOf } from './order.ts';
import type { IncidentRange } from './store-incidents.ts';

/**
 * Whether one of the range is so severe, however many newer ones there are. What nobody continues does not count.
 * @param least `undefined`: none is
 */
export const hasFailing = <E, R>(
  read: (range: IncidentRange) => Effect.Effect<readonly unknown[], E, R>,
  range: IncidentRange,
  least: AnomalySeverity | undefined,
): Effect.Effect<boolean, E, R> => {
  if (least === undefined) return Effect.succeed(false);
  const { minSeverity = 'info' } = range;
  const severe = rankOf(least) > rankOf(minSeverity) ? least : minSeverity;
  return Effect.map(read({ ...range, minSeverity: severe, heardOnly: true, limit: 1 }), (found) => found.length > 0);
};
