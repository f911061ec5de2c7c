import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { dayMs } from '../series/steps.ts';
import type { Outlook } from './outlook.ts';

/** A deadline that the metric's values say, and what is known of how it was put off before. */
export interface Deadline {
  readonly outlook: Outlook;
  /** Milliseconds that were left at the times when it was put off; the least of them. `null`: it never was. */
  readonly putOffWithMs: number | null;
}

interface Row {
  readonly service: string;
  readonly metric: string;
  readonly unit: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly last: number;
  /** Unix seconds and value, oldest first, at most one an hour. */
  readonly points: readonly (readonly [t: number, value: number])[];
}

/** `x509_cert_not_after`, `probe_ssl_earliest_cert_expiry`, `httpcheck.tls.cert_remaining` and their like; how many have expired is none. */
const named =
  "match(MetricName, '(?i)(expir|not_?after|cert.*(remaining|left|valid|days|seconds))') AND NOT match(MetricName, '(?i)(expired|expirations|count$|_total$)')";

/** From here on a number of seconds is a Unix time, and one above the second is in milliseconds. */
const unixFrom = 1e9;
const unixMsFrom = 1e11;

const unitMs: readonly (readonly [RegExp, number])[] = [
  [/^(d|day|days)$/i, dayMs],
  [/^(h|hour|hours)$/i, 3_600_000],
  [/^min$/i, 60_000],
  [/^ms$/i, 1],
];

/** Gauges that say when something ends: seconds until then, or the Unix time of it. */
export const readDeadlines = Effect.fnUntraced(function* (
  historyMs: number,
  nowMs: number,
): Effect.fn.Return<readonly Deadline[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Row>(
    `SELECT service, metric, unit, attributes, max(t) AS last, arraySort(groupArray([toFloat64(t), value])) AS points FROM (
  SELECT ServiceName AS service, MetricName AS metric, MetricUnit AS unit, Attributes AS attributes,
    toUnixTimestamp(toDateTime(max(TimeUnix))) AS t, argMax(Value, TimeUnix) AS value
  FROM otel_metrics_gauge WHERE (${named}) AND Flags = 0 AND Value > 0
    AND TimeUnix >= toDateTime({from:UInt32}) AND TimeUnix < toDateTime({to:UInt32})
  GROUP BY service, metric, unit, attributes, toStartOfHour(TimeUnix))
GROUP BY service, metric, unit, attributes ORDER BY service, metric, toString(attributes) LIMIT {most:UInt32}`,
    {
      parameters: {
        from: Math.floor((nowMs - historyMs) / 1000),
        to: Math.ceil(nowMs / 1000),
        most: limits.predict.capacitySeries,
      },
    },
  );
  return rows.map((row) => deadlineOf(row, nowMs)).filter((deadline) => deadline !== null);
});

function deadlineOf({ service, metric, unit, attributes, points }: Row, nowMs: number): Deadline | null {
  const ends = points.map(([t, value]) => ({ atMs: t * 1000, endMs: endOf(t * 1000, value, metric, unit) }));
  const last = ends.at(-1);
  const first = ends[0];
  if (last === undefined || first === undefined || !Number.isFinite(last.endMs)) return null;
  const left = ends.slice(1).flatMap(({ endMs, atMs }, index) => {
    const before = ends[index]!;
    return endMs - before.endMs > dayMs ? [before.endMs - atMs] : [];
  });
  const words = Object.values(attributes).join(' ');
  const subject = words === '' ? metric : `${metric}{${words}}`;
  const endMs = last.endMs;
  return {
    putOffWithMs: left.length === 0 ? null : Math.min(...left),
    outlook: {
      kind: 'deadline',
      name: { kind: 'metric', service, subject, feature: 'end' },
      title: `${metric}${words === '' ? '' : ` ${words}`}${service === '' ? '' : ` of ${service}`}`,
      now: endMs - nowMs,
      threshold: 0,
      verdict: endMs <= nowMs ? 'reached' : 'deadline',
      earliestMs: endMs,
      likelyMs: endMs,
      latestMs: endMs,
      probability: 1,
      horizonMs: endMs,
      knownMs: last.atMs - first.atMs,
    },
  };
}

function endOf(atMs: number, value: number, metric: string, unit: string): number {
  if (value >= unixMsFrom) return value;
  if (value >= unixFrom) return value * 1000;
  const byUnit = unitMs.find(([pattern]) => pattern.test(unit))?.[1];
  return atMs + value * (byUnit ?? (/days/i.test(metric) ? dayMs : 1000));
}
