import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { quoteText } from '../../store/sql-text.ts';
import { QueryClient } from '../../store/query-client.ts';

/** A span of a service, by the very millisecond at which the rollup says that there is one. */
export interface SpanMoment {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly atMs: number;
}

export type ProcessAttributes = Readonly<Record<string, string>>;

/** Of resources: what OpenTelemetry says of a deployment and of the commit that it is made of. */
const kept =
  "startsWith(key, 'deployment.') AND NOT startsWith(key, 'deployment.environment') OR startsWith(key, 'vcs.')";
const mostCharacters = 500;

export const momentKey = ({ service, environment, version, atMs }: SpanMoment): string =>
  [service, environment, version, atMs].join('\u0000');

/**
 * `deployment.*` and `vcs.*` of the resources of these spans, by `momentKey`. Each costs the time column of five minutes
 * of spans and the resource of a few: all spans of a process have the same resource, so one says it.
 */
export const processAttributes = Effect.fnUntraced(function* (
  moments: readonly SpanMoment[],
): Effect.fn.Return<ReadonlyMap<string, ProcessAttributes>, QueryFailed | EngineUnavailable, QueryClient> {
  const asked = moments.slice(0, 2 * limits.changes.lookedInto);
  if (asked.length === 0) return new Map();
  const client = yield* QueryClient;
  const each = asked.map(
    ({
      service,
      environment,
      version,
      atMs,
    }) => `SELECT ${quoteText(service)} AS service, ${quoteText(environment)} AS environment, ${quoteText(version)} AS version, ${atMs} AS at_ms,
  mapApply((key, value) -> (key, substringUTF8(value, 1, ${mostCharacters})), mapFilter((key, value) -> ${kept}, ResourceAttributes)) AS attributes
FROM otel_traces
WHERE Timestamp >= fromUnixTimestamp64Milli(toInt64(${atMs})) AND Timestamp < fromUnixTimestamp64Milli(toInt64(${atMs + 1}))
  AND ServiceName = ${quoteText(service)} AND ResourceAttributes['service.version'] = ${quoteText(version)}
  AND if(ResourceAttributes['deployment.environment.name'] != '', ResourceAttributes['deployment.environment.name'], ResourceAttributes['deployment.environment']) = ${quoteText(environment)}
ORDER BY SpanId LIMIT 1`,
  );
  const rows = yield* client.rows<{
    service: string;
    environment: string;
    version: string;
    at_ms: string;
    attributes: ProcessAttributes;
  }>(each.map((sql) => `(${sql})`).join('\nUNION ALL\n'));
  return new Map(
    rows.map(({ service, environment, version, at_ms, attributes }) => [
      momentKey({ service, environment, version, atMs: Number(at_ms) }),
      attributes,
    ]),
  );
});

/** What names one deployment of a version: its own id, else the commit that it was built from; empty where neither is known. */
export const deploymentName = (attributes: ProcessAttributes): string =>
  attributes['deployment.id'] ??
  attributes['vcs.ref.head.revision'] ??
  attributes['vcs.repository.ref.revision'] ??
  attributes['deployment.name'] ??
  '';
