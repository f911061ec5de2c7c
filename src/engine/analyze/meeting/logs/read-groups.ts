import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { messageSql, numberPattern, signatureSql } from './message-sql.ts';

/** Log lines of one service in one window that differ in numbers only. */
export interface LogGroup {
  readonly service: string;
  readonly lines: number;
  /** Lines of ERROR and above. */
  readonly errors: number;
  /** The highest SeverityNumber. */
  readonly severity: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The first message by its text. */
  readonly message: string;
  /** The smallest and the largest of each of its numbers; empty where the lines have not equally many. */
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  /** Lines of the service in the window, in groups that were read or not. */
  readonly total: number;
}

/**
 * The groups of a window, service by service, the most frequent first: the same rows in the same order for the same data.
 * @param perService groups of one service at most; of those beyond it, which are the rarest, `total` tells the lines
 */
export const readLogGroups = Effect.fnUntraced(function* (
  fromMs: number,
  toMs: number,
  perService: number,
  service?: string,
): Effect.fn.Return<readonly LogGroup[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  return yield* client.rows<LogGroup>(
    `SELECT service, toFloat64(count) AS lines, toFloat64(failed) AS errors, severity, firstMs, lastMs, message, if(aligned, smallest, []) AS lows, if(aligned, largest, []) AS highs, toFloat64(all) AS total
FROM (
  SELECT ServiceName AS service, ${signatureSql('text')} AS signature, count() AS count, countIf(SeverityNumber >= 17) AS failed,
    max(SeverityNumber) AS severity, toFloat64(toUnixTimestamp64Milli(min(Timestamp))) AS firstMs,
    toFloat64(toUnixTimestamp64Milli(max(Timestamp))) AS lastMs,
    min(text) AS message, minForEach(numbers) AS smallest, maxForEach(numbers) AS largest,
    min(length(numbers)) = max(length(numbers)) AS aligned, sum(count) OVER (PARTITION BY service) AS all
  FROM (
    SELECT ServiceName, SeverityNumber, Timestamp, ${messageSql} AS text,
      arrayMap(number -> toFloat64OrZero(number), extractAll(text, '${numberPattern}')) AS numbers
    FROM otel_logs
    WHERE Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
      AND ({service:String} = '' OR ServiceName = {service:String})
  )
  GROUP BY service, signature
)
ORDER BY service, count DESC, signature
LIMIT {groups:UInt32} BY service`,
    { parameters: { from: fromMs, to: toMs, groups: perService, service: service ?? '' } },
  );
});
