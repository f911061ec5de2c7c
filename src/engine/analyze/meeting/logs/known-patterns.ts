import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import type { KnownPatterns } from './log-miners.ts';
import type { KnownPattern } from './service-miner.ts';

interface Row extends KnownPattern {
  readonly service: string;
}

/** A parameter of a statement is part of its URL, and many names would be too long for one. */
const namesAtOnce = 100;

/** The stored log patterns of some services, the newest of each. */
export const readKnownPatterns = Effect.fnUntraced(function* (
  services: readonly string[],
): Effect.fn.Return<KnownPatterns, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const known = new Map<string, Row[]>(services.map((service) => [service, []]));
  for (let at = 0; at < services.length; at += namesAtOnce) {
    const rows = yield* client.rows<Row>(
      `SELECT ServiceName AS service, Id AS id, Text AS text, Severity AS severity, Example AS example,
  toFloat64(toUnixTimestamp64Milli(FirstSeen)) AS firstMs
FROM obs_patterns FINAL
WHERE Signal = 'logs' AND ServiceName IN {services:Array(String)} AND MergedInto = ''
ORDER BY LastSeen DESC LIMIT {templates:UInt32} BY ServiceName`,
      {
        parameters: {
          services: services.slice(at, at + namesAtOnce),
          templates: limits.patterns.templatesPerService,
        },
      },
    );
    for (const row of rows) known.get(row.service)?.push(row);
  }
  return known;
});
