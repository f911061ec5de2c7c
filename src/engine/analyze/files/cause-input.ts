import type { Alarm, CauseInput, Link, MetricSeries } from '../../cause/input.ts';
import { meaningOf, splitName } from '../../cause/metrics/metric-names.ts';

/** A column of numbers while nothing was wrong, and around the alarm. */
export interface CauseColumn {
  readonly name: string;
  readonly history: Float64Array;
  readonly recent: Float64Array;
}

export interface NamedGraph {
  readonly names: readonly string[];
  readonly calls: readonly (readonly [caller: string, callee: string])[];
}

/** Columns as signals of entities; both are read from the columns' names. */
export function causeInputOf(
  columns: readonly CauseColumn[],
  graph: NamedGraph = { names: [], calls: [] },
  recentMs: Float64Array | null = null,
): CauseInput {
  const at = new Map(graph.names.map((name, index) => [name, index]));
  const indexOf = (name: string): number => {
    const index = at.get(name) ?? at.size;
    at.set(name, index);
    return index;
  };
  const series = columns.map((column) => {
    const { entity, metric } = splitName(column.name, graph.names);
    return seriesOf(column, indexOf(entity), metric);
  });
  const calls: readonly Link[] = graph.calls.map(([caller, callee]) => [indexOf(caller), indexOf(callee)] as const);
  return { entities: [...at.keys()].map((name) => ({ name, kind: 'service' })), calls, metrics: { recentMs, series } };
}

function seriesOf({ name, history, recent }: CauseColumn, entity: number, metric: string): MetricSeries {
  const { kind, good, ratio } = meaningOf(metric);
  const own = { entity, kind, name, measure: metric };
  if (kind !== 'errors') return { ...own, history, recent };
  const most = [history, recent].reduce(
    (sofar, values) => values.reduce((larger, value) => (value > larger ? value : larger), sofar),
    0,
  );
  if (!ratio && !good) return { ...own, unit: 'count', history, recent };
  // Percent, or a share already: the numbers themselves say which.
  const whole = most > 1.5 ? 100 : 1;
  const share = (value: number): number => (good ? 1 - value / whole : value / whole);
  return { ...own, unit: 'share', history: history.map(share), recent: recent.map(share) };
}

/** The alarmed entity's latency or errors: the kind that is asked for, else the one that it has. */
export function alarmOf({ entities, metrics }: CauseInput, target: string, kind?: Alarm['kind']): Alarm | undefined {
  const entity = entities.findIndex(({ name }) => name === target);
  if (entity === -1) return undefined;
  const has = (each: Alarm['kind']): boolean =>
    metrics?.series.some((series) => series.entity === entity && series.kind === each) ?? false;
  return { entity, kind: kind ?? (has('latency') || !has('errors') ? 'latency' : 'errors') };
}
