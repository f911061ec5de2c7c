import type { SignalKind } from '../input.ts';

/** What a metric's name says of it. */
export interface MetricMeaning {
  readonly kind: SignalKind;
  /** It measures what goes well: availability, success. */
  readonly good: boolean;
  /** Its name says that it is a part of a whole. */
  readonly ratio: boolean;
}

/** In the order in which they decide: `request_duration` is a latency, `request_errors` are errors. */
const words: readonly (readonly [SignalKind, RegExp])[] = [
  ['latency', /^(lat|latency|latencies|duration|durations|elapsed|rtt?|response|p\d{2,3})$/],
  [
    'errors',
    /^(err|errs|error|errors|fail|fails|failed|failure|failures|exceptions?|faults?|[45]xx|availability|success)$/,
  ],
  ['cpu', /^cpu$/],
  ['memory', /^(mem|memory|heap|rss)$/],
  ['requests', /^(req|reqs|request|requests|rps|qps|calls?|hits|throughput|traffic|load|invocations?)$/],
];

const tokensOf = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((token) => token !== '');

export function meaningOf(name: string): MetricMeaning {
  const tokens = tokensOf(name);
  const kind = words.find(([, word]) => tokens.some((token) => word.test(token)))?.[0] ?? 'other';
  return {
    kind,
    good: kind === 'errors' && tokens.some((token) => token === 'availability' || token === 'success'),
    ratio: tokens.some((token) => /^(rate|ratio|share|percent|pct|availability|success)$/.test(token)),
  };
}

const separators = /[_./:| ]/g;

/**
 * The entity and the metric in a column's name: `carts_cpu`, `orders.request.latency`, `cpu_usage{pod="carts-1"}`.
 * @param known entities' names, such as those of a graph: the longest that the name begins with is taken
 */
export function splitName(name: string, known: readonly string[] = []): { entity: string; metric: string } {
  const begins = known
    .filter((entity) => name === entity || (name.startsWith(entity) && /[_./:| {-]/.test(name[entity.length]!)))
    .reduce((longest, entity) => (entity.length > longest.length ? entity : longest), '');
  if (begins !== '') return { entity: begins, metric: name.slice(begins.length + 1) || name };
  const labelled = /^([\w:.]+)\{(.*)\}$/.exec(name);
  if (labelled !== null) {
    const entity = labelOf(labelled[2]!);
    if (entity !== undefined) return { entity, metric: labelled[1]! };
  }
  const places = [...name.matchAll(separators)]
    .map(({ index }) => index)
    .filter((at) => at > 0 && at < name.length - 1);
  const says = (token: string | undefined): boolean =>
    token !== undefined && words.some(([, word]) => word.test(token));
  const at = places.find((place) => says(tokensOf(name.slice(place + 1))[0])) ?? places.at(-1);
  return at === undefined ? { entity: name, metric: name } : { entity: name.slice(0, at), metric: name.slice(at + 1) };
}

const labelNames = ['service_name', 'service', 'pod', 'container', 'node', 'host', 'instance', 'job', 'name'];

function labelOf(labels: string): string | undefined {
  const values = new Map([...labels.matchAll(/(\w+)\s*=\s*"?([^",]*)"?/g)].map(([, label, value]) => [label, value]));
  return labelNames.map((label) => values.get(label)).find((value) => value !== undefined && value !== '');
}
