import { Effect } from 'effect';
import type { AnomalyCarrier } from '../../../domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { nameOfSeries } from '../metrics/families.ts';
import { togetherMs, type Beginning, type TogetherRange } from './beginning.ts';

const weekMs = 7 * 24 * 3600 * 1000;
/** Of one anomaly. */
const mostCarriers = 3;
const mostAnomalies = 2000;

interface Row {
  readonly service: string;
  readonly startMs: number;
  readonly score: number;
  readonly carriers: string;
}

/** Series that left what is usual for them: the carriers of anomalies that began in the range. */
export const seriesBeginnings = Effect.fnUntraced(function* (
  range: TogetherRange,
): Effect.fn.Return<readonly Beginning[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Row>(
    `SELECT ServiceName AS service, toFloat64(toUnixTimestamp64Milli(Start)) AS startMs, Score AS score, Carriers AS carriers
FROM obs_anomalies FINAL
WHERE Start >= fromUnixTimestamp64Milli({from:Int64}) AND Start < fromUnixTimestamp64Milli({to:Int64})
  AND (empty({services:Array(String)}) OR ServiceName = '' OR ServiceName IN {services:Array(String)})
ORDER BY score DESC, Id LIMIT {most:UInt32}`,
    { parameters: { from: range.fromMs, to: range.toMs, services: range.services ?? [], most: mostAnomalies } },
  );
  return rows.flatMap(({ service, startMs, score, carriers }) => {
    const own = carriersOf(carriers).slice(0, mostCarriers);
    const most = own[0]?.share ?? 0;
    // So many false alarms a week as the score says.
    const surprise = Math.max(0, score + Math.log10(weekMs / togetherMs));
    return own.map((carrier): Beginning => ({
      kind: 'series',
      service,
      subject: nameOfSeries(carrier),
      words: carrier.words,
      onsetMs: startMs,
      surprise: surprise * (most > 0 ? Math.min(1, carrier.share / most) : 1),
    }));
  });
});

/** A row that cannot be read has none. */
function carriersOf(json: string): readonly AnomalyCarrier[] {
  try {
    const carriers = JSON.parse(json) as unknown;
    return Array.isArray(carriers) ? (carriers as AnomalyCarrier[]) : [];
  } catch {
    return [];
  }
}
