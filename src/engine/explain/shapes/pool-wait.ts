import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { isDatabaseCall, latencyNs, shareOf, type MetricSeries, type TraceContext } from '../context.ts';
import { describeError, reachesRoot } from '../errors.ts';
import { logsEvidence, metricEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { isError } from '../span.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { severityOf } from './severity.ts';

const acquireName =
  /(pool|connection|conn).*(acquire|connect|wait|checkout|get)|(acquire|get|checkout|wait).*(pool|connection|conn\b)/i;
const exhausted =
  /(pool|connection).*(time[sd]? ?out|within|exhaust|in use|acquire|unavailable)|(time[sd]? ?out|acquire|exhaust|no).*(pool|connection)/i;
const least = { share: 0.15, waitMs: 5, callShare: 0.5 };

/** A wait, where it lies, and what tells that it is one for a connection. */
interface Wait {
  readonly span: TreeSpan;
  /** The call that had to wait; undefined when the connection never came. */
  readonly call: TreeSpan | undefined;
  readonly ns: number;
  readonly how: 'span' | 'gap' | 'error';
}

/**
 * Pool wait: time before a quick call in which its caller did nothing that left a span, a span that says it acquires a
 * connection, or an error that says none came. A gap may also be the caller's own code, so the pool's metrics
 * (pending requests, connections in use) settle it where they exist: an idle pool rules it out.
 */
export const poolWait: Shape = (context) => {
  const waits = [...acquireSpans(context), ...gaps(context), ...failures(context)];
  const byOperation = Map.groupBy(waits, ({ span, how }) => `${span.service}\u0000${span.operation}\u0000${how}`);
  return [...byOperation.values()].flatMap((same) => candidate(same, context));
};

function acquireSpans({ tree, path }: TraceContext): Wait[] {
  return tree.spans
    .filter((span) => path.selfNs.has(span) && span.kind !== 'Server' && acquireName.test(span.operation))
    .map((span) => ({ span, call: undefined, ns: path.selfNs.get(span)!, how: 'span' }));
}

function gaps({ path }: TraceContext): Wait[] {
  return path.segments.flatMap(({ span, fromNs, toNs }, at): Wait[] => {
    const next = path.segments[at + 1]?.span;
    if (next === undefined || next.parent !== span || !isDatabaseCall(next)) return [];
    const ns = toNs - fromNs;
    return durationOf(next) > ns * least.callShare ? [] : [{ span, call: next, ns, how: 'gap' }];
  });
}

function failures({ tree, path, data }: TraceContext): Wait[] {
  return tree.spans.flatMap((span): Wait[] => {
    if (!isError(span) || span.kind === 'Client' || !path.selfNs.has(span)) return [];
    const messages = [
      describeError(span, data.logs).message,
      ...data.logs.filter((log) => log.spanId === span.spanId && log.severityNumber >= 17).map(({ body }) => body),
    ];
    if (!messages.some((message) => exhausted.test(message))) return [];
    const ns = path.segments.reduce(
      (most, own) => (own.span === span ? Math.max(most, own.toNs - own.fromNs) : most),
      0,
    );
    return [{ span, call: undefined, ns, how: 'error' }];
  });
}

function candidate(waits: readonly Wait[], context: TraceContext): readonly Candidate[] {
  const total = waits.reduce((sum, { ns }) => sum + ns, 0);
  if (shareOf(total, context) < least.share || total < least.waitMs * 1e6) return [];
  const { span, call, how } = waits.reduce((most, wait) => (wait.ns > most.ns ? wait : most));
  const pool = poolState(context.pools, span.service);
  if (how === 'gap' && pool.state === 'idle') return [];
  const usual = context.history.of(span);
  if (how === 'gap' && usual !== undefined && total < usual.p50Ms * 1e6) return [];
  const owner = how === 'span' ? (span.parent ?? span) : span;
  const explained = explains(total, context);
  const failsTrace = how === 'error' && reachesRoot(span, context.tree);
  const waited = `${owner.service} ${quoted(owner.operation)} waited ${durationText(total / 1e6)} (${percentText((total / latencyNs(context)) * 100)} of the trace)`;
  const shown = waits.flatMap((wait) => [wait.span, ...(wait.call === undefined ? [] : [wait.call])]);
  return [
    {
      id: 'pool-wait',
      title: `${owner.service} waits for a connection${how === 'error' ? ' that never comes' : ''}`,
      severity: failsTrace ? 'critical' : severityOf(explained.percent),
      culprit: culpritOf(owner),
      explains: explained,
      sentences: [
        how === 'error'
          ? `${waited} for a connection and got none: ${quoted(describeError(span, context.data.logs).message)}.`
          : how === 'span'
            ? `${waited} in ${quoted(span.operation)}.`
            : `${waited} before ${quoted(call!.operation)}, which itself took only ${durationText(durationOf(call!) / 1e6)}.`,
        pool.state === 'busy'
          ? `The pool's metrics agree: ${pool.text}. Connections are held too long, or the pool is too small.`
          : 'No metrics of the pool were received, so the wait is inferred from the trace.',
      ],
      spans: idsOf(shown),
      confidence: pool.state === 'busy' || how !== 'gap' ? 0.95 : 0.5,
      explainsFailure: failsTrace,
      evidence: [
        spansEvidence(context, 'The spans around the wait', shown),
        usualEvidence(context, 'How long they took before', call === undefined ? [span] : [span, call]),
        ...(pool.names.length === 0
          ? []
          : [
              metricEvidence(context, 'The pool, in steps of 10 s', {
                service: span.service,
                names: pool.names,
                minutes: 3,
              }),
            ]),
        ...(how === 'error' ? [logsEvidence(context, 'Warnings and errors that the trace logged')] : []),
      ],
    },
  ];
}

interface PoolState {
  readonly state: 'busy' | 'idle' | 'unknown';
  readonly text: string;
  readonly names: readonly string[];
}

function poolState(pools: readonly MetricSeries[], service: string): PoolState {
  const own = pools.filter((series) => series.service === service);
  if (own.length === 0) return { state: 'unknown', text: '', names: [] };
  const names = [...new Set(own.map(({ metric }) => metric))].toSorted();
  const most = (matches: (series: MetricSeries) => boolean): number =>
    own
      .filter(matches)
      .reduce((peak, { points }) => points.reduce((value, point) => Math.max(value, point.value), peak), 0);
  const pending = most(({ metric }) => /pending/.test(metric));
  if (pending > 0) return { state: 'busy', text: `up to ${pending} requests were waiting`, names };
  const size = sizeWhenFull(own);
  if (size !== undefined) return { state: 'busy', text: sizeText(size), names };
  return { state: 'idle', text: '', names };
}

const sizeText = (size: number): string =>
  size === 1 ? 'its only connection was in use' : `all ${size} connections were in use`;

/**
 * How many connections a pool had when all of them were in use, the last time that they were; undefined when they
 * never were. Both are taken at the same time, for pools grow and shrink.
 */
function sizeWhenFull(series: readonly MetricSeries[]): number | undefined {
  let last: { readonly time: number; readonly size: number } | undefined;
  for (const pool of Map.groupBy(series, poolOf).values()) {
    const sizes = byTime(pool.filter(({ metric }) => metric.endsWith('.max')));
    const used = byTime(
      pool.filter(({ metric, stream }) => /\.(count|usage)$/.test(metric) && /['"]used['"]/.test(stream)),
    );
    for (const [time, inUse] of used) {
      const size = sizes.get(time) ?? 0;
      if (size > 0 && inUse >= size && (last === undefined || time >= last.time)) last = { time, size };
    }
  }
  return last?.size;
}

/** One pool of one process. */
const poolOf = ({ instance, stream }: MetricSeries): string =>
  `${instance}\u0000${/pool\.name['"]:['"]([^'"]*)/.exec(stream)?.[1] ?? ''}`;

function byTime(series: readonly MetricSeries[]): ReadonlyMap<number, number> {
  const most = new Map<number, number>();
  for (const { points } of series) {
    for (const { time, value } of points) most.set(time, Math.max(most.get(time) ?? 0, value));
  }
  return most;
}
