import type { SeriesName } from '../../domain/anomaly.ts';

/** Parts of a feature's name that say how something was measured, not what: p50 and p99 of one latency are one class. */
const measures = /^(p\d+|q\d+|max|min|mean|avg|median|sum|last|rate|ratio|share|count|total|ms|seconds|bytes|per)$/;

/**
 * What a series measures, without how: `latency.p99` and `latency_p50` are `latency`. Of a metric its name, without its
 * attributes, which name instances.
 */
export function featureClass({ kind, subject, feature }: Pick<SeriesName, 'kind' | 'subject' | 'feature'>): string {
  if (kind === 'metric') return `metric ${/^[^\s{]*/.exec(subject)?.[0] ?? subject}`;
  const words = feature
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s._]+/)
    .filter((word) => word !== '');
  const telling = words.filter((word) => !measures.test(word));
  return (telling.length > 0 ? telling : words).join(' ');
}

/** What every fault moves, whatever it is: it tells faults apart less than what else moved. */
export const isSymptom = (name: string): boolean => /^(latency|duration|errors?|failures?)\b/.test(name);

/** How much work came in, which is no fault's own. */
export const isLoad = (name: string): boolean => /^(calls?|requests?|traffic|throughput|spans?|rate)\b/.test(name);
