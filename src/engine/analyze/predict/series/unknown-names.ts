import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { namesNear } from './names-near.ts';

const mostNamed = 5;

/** Says what there is in place of a service, operation or metric that has no data. */
export const nothingOf = Effect.fnUntraced(function* (
  what: 'service' | 'operation' | 'metric',
  name: string,
  service: string | null,
): Effect.fn.Return<BadInput, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ readonly name: string }>(listings[what], {
    parameters: { service: service ?? '' },
  });
  const names = rows.map((row) => row.name);
  const known = names.includes(name);
  const near = namesNear(name, names);
  const shown = (near.length > 0 ? near : names).slice(0, mostNamed).map((other) => `"${other}"`);
  const of = service === null || what === 'service' ? '' : ` of ${service}`;
  const there = names.length === 0 ? `there is no ${what}${of} at all` : `there is ${shown.join(', ')}`;
  return new BadInput({
    what: `There are no data of the ${what} "${name}"${of}`,
    why: known ? 'it has none in this time, or none that match the attributes' : `it is not in the store; ${there}`,
    hint: known ? 'Widen the time with --since 7d' : 'obs status says what is stored',
  });
});

const listings = {
  service: `SELECT ServiceName AS name FROM obs_red_service_1m WHERE ServiceName != '' GROUP BY name ORDER BY sum(Calls) DESC LIMIT 1000`,
  operation: `SELECT SpanName AS name FROM obs_red_1m WHERE ServiceName = {service:String} GROUP BY name ORDER BY sum(Calls) DESC LIMIT 1000`,
  metric: `SELECT MetricName AS name FROM (
  SELECT MetricName, ServiceName FROM otel_metrics_gauge UNION ALL SELECT MetricName, ServiceName FROM otel_metrics_sum
  UNION ALL SELECT MetricName, ServiceName FROM otel_metrics_histogram)
WHERE {service:String} IN ('', ServiceName) GROUP BY name ORDER BY count() DESC LIMIT 1000`,
} as const;
