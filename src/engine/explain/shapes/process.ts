import type { TraceContext } from '../context.ts';
import type { RuntimeSeries } from '../nearby.ts';
import type { Span } from '../span.ts';

/** A process as the store names it (`obs_service_instances`); empty where the resource does not tell. */
export function instanceOf({ resource }: Pick<Span, 'resource'>): string {
  const host = hostOf({ resource });
  return (
    resource['service.instance.id'] ??
    resource['k8s.pod.name'] ??
    (resource['process.pid'] === undefined ? host : `${host}:${resource['process.pid']}`)
  );
}

export const hostOf = ({ resource }: Pick<Span, 'resource'>): string =>
  resource['host.name'] ?? resource['k8s.node.name'] ?? '';

/** Whether metrics that name a process this way are about `instance`, or may be: not all resources tell. */
export const isOfProcess = (named: string, instance: string): boolean =>
  instance === '' || named === '' || named === ':' || named === instance || named === `${instance}:`;

/** Series of the span's own process, of its pod or of its host. */
export function seriesOf(
  span: Pick<Span, 'service' | 'resource'>,
  { runtime }: TraceContext,
): readonly RuntimeSeries[] {
  const [instance, host] = [instanceOf(span), hostOf(span)];
  const pod = span.resource['k8s.pod.name'];
  return runtime.filter((series) => {
    if (series.service === span.service) return isOfProcess(series.instance, instance);
    if (series.service !== '') return false;
    return (pod !== undefined && series.instance === pod) || (host !== '' && series.host === host);
  });
}

/** What a series showed while the trace ran, and before the trouble began. */
export interface Change {
  readonly series: RuntimeSeries;
  /** Greatest value of a gauge; of a total its rise a second. */
  readonly recent: number;
  /** Mean of a gauge; of a total its rise a second. Null without points before. */
  readonly usual: number | null;
  /** By how much a total rose while the trace ran, to the points around it. */
  readonly rise: number;
}

/** Exporters send every few seconds to every minute: the point after the trace tells what happened in it. */
const afterSeconds = 60;
const leastUsualPoints = 3;

/** @returns undefined when no point lies near enough to the trace. */
export function changeOf(series: RuntimeSeries, { data, tree, onset }: TraceContext): Change | undefined {
  const from = Number(data.originNs / 1_000_000n) / 1000;
  const to = from + tree.root.endNs / 1e9;
  const usualTo = Math.min(from, onset?.time ?? from) - 5;
  const before = series.points.filter(({ time }) => time < usualTo);
  const first = series.points.findLast(({ time }) => time < from - 5);
  const last = series.points.find(({ time }) => time >= to) ?? series.points.at(-1);
  if (last === undefined || last.time < from - 10 || last.time > to + afterSeconds) return undefined;
  if (series.how === 'gauge') {
    const recent = series.points.filter(({ time }) => time >= from - 10 && time <= last.time);
    if (recent.length === 0) return undefined;
    const usual =
      before.length < leastUsualPoints ? null : before.reduce((sum, { value }) => sum + value, 0) / before.length;
    return { series, recent: Math.max(...recent.map(({ value }) => value)), usual, rise: 0 };
  }
  if (first === undefined || last.time <= first.time) return undefined;
  const rise = last.value - first.value;
  const [oldest, newest] = [before[0], before.at(-1)];
  const usual =
    oldest === undefined || newest === undefined || before.length < leastUsualPoints
      ? null
      : (newest.value - oldest.value) / (newest.time - oldest.time);
  return { series, recent: rise / (last.time - first.time), usual, rise };
}

/** Seconds in one unit of a duration, by the metric's unit or, where it has none, by its name. */
export function secondsIn({ unit, metric }: RuntimeSeries): number {
  if (unit === 'ns' || /_ns$|nanos/.test(metric)) return 1e-9;
  if (unit === 'us' || unit === 'µs') return 1e-6;
  if (unit === 'ms' || /_ms$|millis/.test(metric)) return 1e-3;
  return 1;
}
