import type { SeriesName } from '../../../domain/anomaly.ts';
import { fromFirstValue } from '../series/steps.ts';
import { conventions, fullAt, openQueue, stateAttributes, type CapacityKind, type Convention } from './conventions.ts';
import type { CapacityStream, CapacityStreams } from './read-streams.ts';

/** Something that can be used up, as a share of what there is of it; a queue without a limit as its length. */
export interface CapacitySeries {
  readonly kind: CapacityKind;
  readonly name: SeriesName;
  /** "disk /data of db-1". */
  readonly title: string;
  /** What is reached when it is used up; `null` for a queue without a limit. */
  readonly threshold: number | null;
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: Float64Array;
}

/** A series without a value in so many of its last steps is of something that is gone. */
const silentSteps = 3;

export interface CapacityJoined {
  readonly series: readonly CapacitySeries[];
  /** Titles of what was stored and comes no more. */
  readonly ended: readonly string[];
}

/** As `joinedCapacity`, without what ended. */
export const capacitySeries = (streams: CapacityStreams): readonly CapacitySeries[] => joinedCapacity(streams).series;

/** Joins what is used with what there is, by service, instance and attributes. */
export function joinedCapacity({ streams, steps }: CapacityStreams): CapacityJoined {
  const series = new Map<string, CapacitySeries>();
  const ended = new Map<string, string>();
  const byName = Map.groupBy(streams, ({ metric }) => metric);
  const add = (convention: Convention, first: CapacityStream, values: Float64Array, feature: string): void => {
    const cut = fromFirstValue(values, steps.fromMs, steps.stepMs);
    if (cut === null) return;
    const { service } = first;
    const subject = subjectOf(first);
    const key = `${familyOf(first)}\n${thingOf(first)}`;
    if (!values.subarray(-silentSteps).some(Number.isFinite)) {
      ended.set(key, titleOf(convention.kind, first));
      return;
    }
    // The first convention that says something of a thing says it.
    if (series.has(key)) return;
    series.set(key, {
      kind: convention.kind,
      name: { kind: 'metric', service, subject, feature },
      title: titleOf(convention.kind, first),
      threshold: convention.of === 'open' ? null : fullAt[convention.kind],
      stepMs: steps.stepMs,
      ...cut,
    });
  };
  for (const convention of conventions) {
    for (const metric of convention.used) {
      for (const group of Map.groupBy(byName.get(metric) ?? [], thingOf).values()) {
        const used = group.filter((stream) => isUsed(stream, convention));
        const [first] = used;
        if (first === undefined) continue;
        const share = shareOf(convention, used, group, byName);
        if (share !== null) add(convention, first, share, 'share');
      }
    }
  }
  for (const stream of streams) {
    if (stream.isQueue) add(openQueue, stream, stream.values[openQueue.step], 'length');
  }
  return {
    series: [...series.values()],
    ended: [...ended].flatMap(([key, title]) => (series.has(key) ? [] : [title])),
  };
}

const stateOf = ({ attributes }: CapacityStream): string | undefined =>
  stateAttributes.map((key) => attributes[key]).find((state) => state !== undefined);

function isUsed(stream: CapacityStream, { usedStates }: Convention): boolean {
  const state = stateOf(stream);
  return usedStates === undefined || state === undefined || usedStates.includes(state);
}

/** What streams of one thing have in common: all but the state. */
function thingOf(stream: CapacityStream): string {
  return JSON.stringify([stream.service, stream.instance, ...thingAttributes(stream)]);
}

function thingAttributes({ attributes }: CapacityStream): readonly (readonly [string, string])[] {
  return Object.entries(attributes)
    .filter(([key]) => !stateAttributes.some((state) => state === key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Metrics of one family are the same amount by other names: `system.memory.utilization` and `system.memory.usage`. */
const familyOf = ({ metric, isQueue }: CapacityStream): string =>
  isQueue ? metric : metric.split('.').slice(0, 2).join('.');

function shareOf(
  convention: Convention,
  used: readonly CapacityStream[],
  group: readonly CapacityStream[],
  byName: ReadonlyMap<string, readonly CapacityStream[]>,
): Float64Array | null {
  const sum = added(used, convention.step);
  switch (convention.of) {
    case 'share':
      return sum;
    case 'percent':
      return sum.map((value) => value / 100);
    case 'states': {
      const all = added(group, 'mean');
      return group.length < 2 ? null : sum.map((value, index) => over(value, all[index]!));
    }
    case 'limit': {
      const limit = limitOf(used[0]!, convention, byName);
      return limit === null ? null : sum.map((value, index) => over(value, limit[index]!));
    }
    case 'open':
      return sum;
  }
}

/** The limit's own stream of the same thing; else the only one of the same instance. The last known value goes on. */
function limitOf(
  used: CapacityStream,
  { limits: names = [] }: Convention,
  byName: ReadonlyMap<string, readonly CapacityStream[]>,
): Float64Array | null {
  for (const name of names) {
    const all = (byName.get(name) ?? []).filter(
      ({ service, instance }) => service === used.service && instance === used.instance,
    );
    const exact = all.filter((stream) => thingOf(stream) === thingOf(used));
    const found = exact.length > 0 ? exact : all.length === 1 ? all : [];
    if (found.length > 0) return carriedOn(added(found, 'greatest'));
  }
  return null;
}

/** A limit of 0 or below is none: some SDKs send −1 for "not limited". */
const over = (value: number, limit: number): number => (limit > 0 ? value / limit : Number.NaN);

function added(streams: readonly CapacityStream[], step: Convention['step']): Float64Array {
  const sum = streams[0]!.values[step].slice();
  for (const { values } of streams.slice(1)) for (let i = 0; i < sum.length; i++) sum[i]! += values[step][i]!;
  return sum;
}

function carriedOn(values: Float64Array): Float64Array {
  let last = values.find(Number.isFinite) ?? Number.NaN;
  return values.map((value) => (last = Number.isFinite(value) ? value : last));
}

function subjectOf(stream: CapacityStream): string {
  const attributes = thingAttributes(stream).map(([key, value]) => `${key}=${value}`);
  const all = stream.instance === '' ? attributes : [`instance=${stream.instance}`, ...attributes];
  return all.length === 0 ? stream.metric : `${stream.metric}{${all.join(',')}}`;
}

const words: Readonly<Record<CapacityKind, string>> = {
  disk: 'disk',
  memory: 'memory',
  heap: 'heap',
  pool: 'connection pool',
  queue: 'queue',
};

function titleOf(kind: CapacityKind, stream: CapacityStream): string {
  const { attributes, service, instance, metric } = stream;
  const named =
    attributes['system.filesystem.mountpoint'] ??
    attributes['mountpoint'] ??
    attributes['k8s.volume.name'] ??
    attributes['db.client.connection.pool.name'] ??
    attributes['pool.name'] ??
    attributes['jvm.memory.pool.name'] ??
    (kind === 'queue' || kind === 'disk' ? Object.values(Object.fromEntries(thingAttributes(stream))).join(' ') : '');
  const isSwap = metric.startsWith('system.paging');
  const what = kind === 'queue' ? `${words[kind]} ${metric}` : isSwap ? 'swap' : words[kind];
  const where =
    service === '' ? instance : instance === '' || instance.length > 40 ? service : `${service} (${instance})`;
  return [what, named, where === '' ? '' : `of ${where}`].filter((part) => part !== '').join(' ');
}
