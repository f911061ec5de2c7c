import type { SeriesName } from '../../domain/anomaly.ts';

/** Features that tell of one thing, however they measure it (docs/features.md has all of them). */
const classes: readonly (readonly [features: RegExp, name: string])[] = [
  [/^(p\d+|mean|min|max)_ms$/, 'latency'],
  [/^(errors|error_rate)$/, 'errors'],
  [/^(calls|spans)$/, 'calls'],
  [/^logs_error$/, 'error logs'],
  [/^cpu(_cores)?$/, 'cpu'],
  [/^memory_(bytes|share)$/, 'memory'],
  [/^pool_(share|waiting)$/, 'pool'],
  [/^eventloop(_delay_ms)?$/, 'event loop'],
  // What a model of several features found.
  [/^model /, 'combination'],
];

/**
 * What a series tells of: p50 and p99 of durations are both `latency`. A metric is named without its attributes, which
 * name instances. All else, a pattern of logs or a shape of traces among it, stands for itself.
 */
export function featureClass({ kind, subject, feature }: Pick<SeriesName, 'kind' | 'subject' | 'feature'>): string {
  if (kind === 'metric') return `metric ${/^[^\s{]*/.exec(subject)?.[0] ?? subject}`;
  return classes.find(([features]) => features.test(feature))?.[1] ?? feature;
}

/** What most faults move, whatever they are: it tells them apart less than what else moved. */
const symptoms: ReadonlySet<string> = new Set(['latency', 'errors', 'error logs', 'combination']);
export const isSymptom = (name: string): boolean => symptoms.has(name);

/** How much there was to do, which is no fault's own. */
const load: ReadonlySet<string> = new Set(['calls', 'logs']);
export const isLoad = (name: string): boolean => load.has(name);
