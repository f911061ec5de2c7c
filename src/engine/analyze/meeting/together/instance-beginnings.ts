import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { clockTime } from '../changes/words.ts';
import { surpriseOfComing } from '../changes/surprise.ts';
import { togetherMs, type Beginning, type TogetherRange } from './beginning.ts';

const historyMs = 7 * 24 * 3600 * 1000;
/** What is there when a service is first seen came with it. */
const settlingMs = 10 * 60_000;
const mostRows = 2000;

interface Row {
  readonly service: string;
  readonly kind: 'version' | 'host' | 'instance';
  readonly name: string;
  readonly firstMs: number;
  readonly serviceFirstMs: number;
  /** Others of this kind that came before the range, after the service itself. */
  readonly earlier: number;
}

/** Services, versions, hosts and instances whose first span is in the range; a week is looked back. */
export const instanceBeginnings = Effect.fnUntraced(function* (
  range: TogetherRange,
): Effect.fn.Return<readonly Beginning[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Row>(
    `SELECT service, kind, name, firstMs, serviceFirstMs, toFloat64(earlier) AS earlier FROM (
  SELECT *, countIf(firstMs < {from:Float64} AND firstMs > serviceFirstMs + {settling:Float64}) OVER (PARTITION BY service, kind) AS earlier
  FROM (
    SELECT service, kind, name, firstMs, min(firstMs) OVER (PARTITION BY service) AS serviceFirstMs FROM (
      SELECT service, pair.1 AS kind, pair.2 AS name, toFloat64(toUnixTimestamp64Milli(min(FirstSeen))) AS firstMs FROM (
        SELECT ServiceName AS service, FirstSeen,
          arrayJoin([('version', ServiceVersion), ('host', HostName), ('instance', InstanceId)]) AS pair
        FROM obs_service_instances
        WHERE Hour >= toDateTime({history:UInt32}) AND Hour <= toDateTime({to:UInt32})
          AND (empty({services:Array(String)}) OR ServiceName IN {services:Array(String)})
      )
      GROUP BY service, kind, name
    )
  )
)
WHERE name != '' AND firstMs >= {from:Float64} AND firstMs < {to:Float64} * 1000
ORDER BY firstMs, service, kind, name LIMIT {most:UInt32}`,
    {
      parameters: {
        from: range.fromMs,
        to: Math.ceil(range.toMs / 1000),
        history: Math.floor((range.fromMs - historyMs) / 1000),
        settling: settlingMs,
        services: range.services ?? [],
        most: mostRows,
      },
    },
  );
  const services = new Map<string, Beginning>();
  const others: Beginning[] = [];
  for (const { service, kind, name, firstMs, serviceFirstMs, earlier } of rows) {
    if (firstMs - serviceFirstMs > settlingMs) {
      others.push({
        kind,
        service,
        subject: name,
        words: `${kind} ${name} of ${service} first seen ${clockTime(firstMs)}`,
        onsetMs: firstMs,
        surprise: surpriseOfComing(earlier, range.fromMs - serviceFirstMs, togetherMs),
      });
    } else if (serviceFirstMs >= range.fromMs) {
      services.set(service, {
        kind: 'service',
        service,
        subject: service,
        words: `service ${service} first seen ${clockTime(serviceFirstMs)}`,
        onsetMs: serviceFirstMs,
        surprise: surpriseOfComing(0, historyMs, togetherMs),
      });
    }
  }
  return [...(yield* withoutNewStore(range, [...services.values()])), ...others];
});

/** In a store that has no older spans everything is seen for the first time. */
const withoutNewStore = Effect.fnUntraced(function* (
  range: TogetherRange,
  services: readonly Beginning[],
): Effect.fn.Return<readonly Beginning[], QueryFailed | EngineUnavailable, QueryClient> {
  if (services.length === 0) return services;
  const client = yield* QueryClient;
  const [oldest] = yield* client.rows<{ firstMs: number }>(
    'SELECT toFloat64(toUnixTimestamp64Milli(min(FirstSeen))) AS firstMs FROM obs_service_instances HAVING count() > 0',
  );
  const isOld = oldest !== undefined && oldest.firstMs < range.fromMs - settlingMs;
  return isOld ? services : [];
});
