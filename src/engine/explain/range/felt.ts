import { outermostOf, type Call } from './calls.ts';
import type { Worse } from './symptoms.ts';

/** A failed call costs as much as so many milliseconds of waiting. */
export const failureMs = 2000;

/** What a symptom costs those who call it, in milliseconds beyond the usual. */
export function costOf({ deviation: { what, usual, present, calls, failed } }: Worse): number {
  if (what === 'errors') return (failed - calls * (usual ?? 0)) * failureMs;
  return what === 'duration' ? calls * (present - (usual ?? 0)) : 0;
}

/** The worst symptom of each service where customers feel it, the one that costs most first. */
export function feltBy(worse: readonly Worse[], calls: readonly Call[]): readonly Worse[] {
  const services = [...new Set(worse.map(({ service }) => service))];
  const outermost = new Set(outermostOf(services, calls));
  const asked = worse.filter(({ kind, service }) => outermost.has(service) && kind !== 'Client');
  const of = asked.length > 0 ? asked : worse.filter(({ service }) => outermost.has(service));
  return [...Map.groupBy(of, ({ service }) => service).values()]
    .map((own) => own.reduce((a, b) => (costOf(b) > costOf(a) ? b : a)))
    .toSorted((a, b) => costOf(b) - costOf(a) || (a.service < b.service ? -1 : 1));
}
