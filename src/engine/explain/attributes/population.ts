import { limits } from '../../domain/limits.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { TimeRange } from '../question.ts';
import { moment, operationList, textList, type OperationKey } from '../sql.ts';
import { responseKeys } from './restating.ts';

/** Requests: entry spans (or any spans) of one operation in a time. Several such spans of a trace are one request. */
export interface Population {
  /** What they are called after a count: `failed requests`, `others`. */
  readonly label: string;
  /** SQL condition on columns of otel_traces, its values as literals, with a time range. */
  readonly where: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Attributes that the population is chosen by, or that follow from it: they would restate the question. */
  readonly restates?: readonly string[];
}

export interface Populations {
  readonly bad: Population;
  readonly good: Population;
}

/** Calls of a service in a time; of all its operations, or of all kinds of spans, where none is given. */
export interface Calls {
  readonly service: string;
  readonly kind?: string;
  readonly operation?: string;
  readonly range: TimeRange;
}

export const failedAndFine = (calls: Calls): Populations => ({
  bad: population('failed requests', calls, `StatusCode = 'Error'`, responseKeys),
  good: population('others', calls, `StatusCode != 'Error'`, responseKeys),
});

/** Slow is what takes longer than the threshold. */
export const slowAndQuick = (calls: Calls, thresholdNs: number): Populations => ({
  bad: population('slow requests', calls, `Duration > ${Math.round(thresholdNs)}`),
  good: population('others', calls, `Duration <= ${Math.round(thresholdNs)}`),
});

/** The same operation in two times; the range of `calls` is not looked at. */
export const twoTimes = (calls: Omit<Calls, 'range'>, bad: TimeRange, good: TimeRange): Populations => ({
  bad: population('requests of the time in question', { ...calls, range: bad }),
  good: population('of the time before', { ...calls, range: good }),
});

export const twoVersions = (calls: Calls, bad: string, good: string): Populations => {
  const of = (version: string, label: string): Population =>
    population(label, calls, `ResourceAttributes['service.version'] = ${quoteText(version)}`, ['service.version']);
  return { bad: of(bad, `requests of version ${bad}`), good: of(good, `of version ${good}`) };
};

/** Requests whose span or resource has the one value of an attribute, and those with the other. */
export const twoValues = (calls: Calls, key: string, bad: string, good: string): Populations => {
  const name = quoteText(key);
  const of = (value: string, label: string): Population =>
    population(
      label,
      calls,
      `(SpanAttributes[${name}] = ${quoteText(value)} OR ResourceAttributes[${name}] = ${quoteText(value)})`,
      [key],
    );
  return { bad: of(bad, `requests with ${key}=${bad}`), good: of(good, `with ${key}=${good}`) };
};

/**
 * Traces, and others with the same root operations in the time. Of more than `limits.explain.attributeTraceIds` ids the first in
 * alphabetical order are taken, all of them are kept from the others as far as this goes, and the label says so.
 */
export function tracesAndOthers(
  traceIds: readonly string[],
  roots: readonly [OperationKey, ...OperationKey[]],
  range: TimeRange,
): Populations {
  const all = [...new Set(traceIds)].sort();
  const ids = all.slice(0, limits.explain.attributeTraceIds);
  const label = ids.length < all.length ? `traces given (${ids.length} of ${all.length} were taken)` : 'traces given';
  const operations = `${timeOf(range)} AND (ServiceName, SpanKind, SpanName) IN ${operationList(roots)}`;
  const of = (name: string, where: string): Population => ({
    label: name,
    where: `${operations} AND ${where}`,
    ...range,
  });
  return {
    bad: of(label, `TraceId IN ${textList(ids.length === 0 ? [''] : ids)}`),
    good: of('others', `TraceId NOT IN ${textList(ids.length === 0 ? [''] : ids)}`),
  };
}

function population(label: string, calls: Calls, condition?: string, restates?: readonly string[]): Population {
  const { service, kind, operation, range } = calls;
  const conditions = [
    timeOf(range),
    `ServiceName = ${quoteText(service)}`,
    ...(kind === undefined ? [] : [`SpanKind = ${quoteText(kind)}`]),
    ...(operation === undefined ? [] : [`SpanName = ${quoteText(operation)}`]),
    ...(condition === undefined ? [] : [condition]),
  ];
  return { label, where: conditions.join(' AND '), ...range, ...(restates === undefined ? {} : { restates }) };
}

const timeOf = ({ fromMs, toMs }: TimeRange): string =>
  `Timestamp >= ${moment(unixNs(fromMs))} AND Timestamp < ${moment(unixNs(toMs))}`;

export const unixNs = (unixMs: number): bigint => BigInt(Math.round(unixMs)) * 1_000_000n;
