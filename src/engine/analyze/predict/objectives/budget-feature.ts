import type { Objective } from '../../../config/analyze-settings.ts';
import type { SeriesName } from '../../../domain/anomaly.ts';

/** An objective as the feature of a series: a claim is marked by what was meant when it was made, whatever the configuration says by then. */
export function budgetFeature({ target, latencyMs, days }: Objective): string {
  return `budget of ${target}${latencyMs === null ? '' : ` within ${latencyMs} ms`} over ${days} d`;
}

/** What `budgetFeature` wrote; `null`: something else. */
export function budgetObjective({ service, subject, feature }: SeriesName): Objective | null {
  const parts = /^budget of ([\d.e-]+)(?: within ([\d.e+-]+) ms)? over (\d+) d$/.exec(feature);
  if (parts === null) return null;
  return {
    name: feature,
    service,
    operation: subject === '' ? null : subject,
    target: Number(parts[1]),
    latencyMs: parts[2] === undefined ? null : Number(parts[2]),
    days: Number(parts[3]),
  };
}
