import type { Timing } from './gaps.ts';
import { median } from './resources.ts';

/** On the way to a callee, on the way back, in a span itself, in a database. */
export type GapKind = 'before' | 'after' | 'own' | 'database';

/** One time that was measured, and what it is compared with. */
export interface GapValue {
  readonly kind: GapKind;
  /** Caller's and callee's service and the callee's operation; or service and operation. */
  readonly key: string;
  /** One level up: both services, or the service. */
  readonly above: string;
  readonly ms: number;
}

/** Upper ends of bins of excess, in milliseconds; one more bin lies above. */
const edges = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
export const bins = edges.length + 1;
/** How many observations a level is worth to the level below. */
const uniformWorth = 5;
const levelWorth = 10;
const leastValues = 3;

export function binOf(excessMs: number): number {
  let bin = 0;
  while (bin < edges.length && excessMs >= edges[bin]!) bin++;
  return bin;
}

export const binEdges = (bin: number): readonly [number, number] => [
  bin === 0 ? -Infinity : edges[bin - 1]!,
  edges[bin] ?? Infinity,
];

/** What is usual: the median of a key, and how its values scatter above it. */
export interface GapBaseline {
  /** Undefined where too little is known to say. */
  readonly usualOf: (value: GapValue) => GapUsual | undefined;
}

export interface GapUsual {
  readonly medianMs: number;
  /** Of each bin of excess. */
  readonly probabilities: Float64Array;
}

const joined = (...parts: readonly string[]): string => parts.join('\u0000');

/** The values of a window; of instances left out none. */
export function valuesOf({ crossings, own }: Timing, without: ReadonlySet<string>): GapValue[] {
  const values: GapValue[] = [];
  for (const { span, callee, beforeMs, afterMs } of crossings) {
    if (without.has(span.instance) || without.has(callee.instance)) continue;
    values.push(...crossingValues(span.service, callee.service, callee.name, beforeMs, afterMs));
  }
  for (const { span, ms, isDatabase } of own) {
    if (!without.has(span.instance)) values.push(ownValue(span.service, span.name, ms, isDatabase));
  }
  return values;
}

export function crossingValues(
  caller: string,
  callee: string,
  operation: string,
  beforeMs: number,
  afterMs: number,
): readonly [GapValue, GapValue] {
  const [key, above] = [joined(caller, callee, operation), joined(caller, callee)];
  return [
    { kind: 'before', key, above, ms: beforeMs },
    { kind: 'after', key, above, ms: afterMs },
  ];
}

export const ownValue = (service: string, operation: string, ms: number, isDatabase: boolean): GapValue => ({
  kind: isDatabase ? 'database' : 'own',
  key: joined(service, operation),
  above: service,
  ms,
});

export function gapBaseline(values: readonly GapValue[]): GapBaseline {
  const kinds = new Map(
    [...Map.groupBy(values, ({ kind }) => kind)].map(([kind, own]) => [kind, levelsOf(kind, own)] as const),
  );
  return {
    usualOf: ({ kind, key, above }) => {
      const levels = kinds.get(kind);
      const medianMs = levels?.medianOf(key, above);
      return levels === undefined || medianMs === undefined
        ? undefined
        : { medianMs, probabilities: levels.probabilitiesOf(key, above) };
    },
  };
}

interface Levels {
  readonly medianOf: (key: string, above: string) => number | undefined;
  readonly probabilitiesOf: (key: string, above: string) => Float64Array;
}

/** One kind's keys below their services below the kind, each level smoothed with the one above. */
function levelsOf(kind: GapKind, values: readonly GapValue[]): Levels {
  const byKey = Map.groupBy(values, ({ key }) => key);
  const medians = new Map<string, number>();
  const mediansAbove = new Map<string, number[]>();
  for (const [key, own] of byKey) {
    const middle = median(own.map(({ ms }) => ms));
    if (own.length >= leastValues) medians.set(key, middle);
    const { above } = own[0]!;
    mediansAbove.set(above, [...(mediansAbove.get(above) ?? []), middle]);
  }
  const above = new Map([...mediansAbove].map(([name, all]) => [name, median(all)] as const));
  const ofAll = median([...above.values()]);
  // What work takes differs from operation to operation; messages between services that never met before do not.
  const medianOf: Levels['medianOf'] = (key, name) =>
    medians.get(key) ?? (kind === 'own' ? undefined : (above.get(name) ?? ofAll));

  const counts = {
    kind: new Float64Array(bins),
    above: new Map<string, Float64Array>(),
    key: new Map<string, Float64Array>(),
  };
  const count = (into: Map<string, Float64Array>, name: string, bin: number): void => {
    const own = into.get(name) ?? new Float64Array(bins);
    into.set(name, own);
    own[bin]!++;
  };
  for (const value of values) {
    const usual = medianOf(value.key, value.above);
    if (usual === undefined) continue;
    const bin = binOf(value.ms - usual);
    counts.kind[bin]!++;
    count(counts.above, value.above, bin);
    count(counts.key, value.key, bin);
  }
  const ofKind = smoothed(counts.kind, new Float64Array(bins).fill(1 / bins), uniformWorth);
  const ofAbove = new Map([...counts.above].map(([name, own]) => [name, smoothed(own, ofKind, levelWorth)] as const));
  const ofKey = new Map<string, Float64Array>();
  return {
    medianOf,
    probabilitiesOf: (key, name) => {
      const known = ofKey.get(key);
      if (known !== undefined) return known;
      const parent = ofAbove.get(name) ?? ofKind;
      const own = counts.key.get(key);
      const made = own === undefined ? parent : smoothed(own, parent, levelWorth);
      ofKey.set(key, made);
      return made;
    },
  };
}

function smoothed(counts: Float64Array, prior: Float64Array, worth: number): Float64Array {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.map((n, bin) => (n + worth * prior[bin]!) / (total + worth));
}
