/**
 * Metrics of OpenTelemetry's semantic conventions (and their names before 1.23) that say what is watched already, from spans
 * or as a feature of saturation: watched as well, one trouble would count as two, and under the worse of its names.
 */
const told: readonly { readonly names: RegExp; readonly by: string }[] = [
  { names: /^http\.(?:server|client)\..*duration$/, by: 'calls, p50_ms and p99_ms' },
  { names: /^rpc\..*duration$/, by: 'calls, p50_ms and p99_ms' },
  { names: /^db\.client\.operation\.duration$/, by: 'p50_ms and p99_ms of Client operations' },
  // Little's law: what is under way is calls a second times their duration.
  { names: /^http\.(?:server|client)\.active_requests$/, by: 'calls, p50_ms and p99_ms' },
  { names: /^process\.cpu\./, by: 'cpu and cpu_cores' },
  { names: /^process\.memory\./, by: 'memory_bytes' },
  // Both generations of names: `connection` and `connections`. Times of waiting are too short to tell of by themselves.
  { names: /^db\.client\.connections?\./, by: 'pool_share and pool_waiting' },
  // A handful of collections a minute: as rates they are noise.
  { names: /^(?:jvm|v8js|nodejs)\.gc\./, by: 'memory_share, cpu and eventloop' },
];

const sizes = /^(?:http|rpc)\.(?:server|client)\..*(?:body|request|response)\.size$/;

/** A metric's subject is its name, and its attributes in braces where it has any. */
export const metricName = (subject: string): string => {
  const brace = subject.indexOf('{');
  return brace === -1 ? subject : subject.slice(0, brace);
};

/** The features that say what a metric says; `null` when none does. */
export function toldInstead(subject: string): string | null {
  const name = metricName(subject);
  return told.find(({ names }) => names.test(name))?.by ?? null;
}

/** Sizes of requests and responses: they go with what is asked for, and are named only where nothing else is out. */
export const isBodySize = (subject: string): boolean => sizes.test(metricName(subject));
