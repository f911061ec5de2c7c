import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { type EvidenceQuery, fetchEvidence } from '../evidence/evidence.ts';
import type { AnomalyFact, Severity } from '../explanation.ts';
import type { TimeRange } from '../question.ts';
import { textList } from '../sql.ts';

const mostAnomalies = 12;

interface Row {
  readonly id: string;
  readonly startMs: number;
  readonly service: string;
  readonly severity: Severity;
  readonly summary: string;
}

/** What the analyzer found in that time, the most severe first; none where it is off. */
export const readAnomalyFacts = Effect.fnUntraced(function* (
  { fromMs, toMs }: TimeRange,
  services: readonly string[],
): Effect.fn.Return<readonly AnomalyFact[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Row>(
    `SELECT Id AS id, toFloat64(toUnixTimestamp64Milli(Start)) AS startMs, ServiceName AS service, Severity AS severity, Summary AS summary
FROM obs_anomalies FINAL
WHERE Start < fromUnixTimestamp64Milli({to:Int64}) AND (End IS NULL OR End >= fromUnixTimestamp64Milli({from:Int64}))
  ${services.length === 0 ? '' : `AND ServiceName IN ${textList(services)}`}
ORDER BY indexOf(['critical', 'warning', 'info'], Severity), Start, Id LIMIT ${mostAnomalies}`,
    { parameters: { from: Math.floor(fromMs), to: Math.ceil(toMs) } },
  );
  return yield* Effect.forEach(rows, ({ id, startMs, service, severity, summary }) =>
    Effect.map(fetchEvidence(storedEvidence(id)), (evidence) => ({
      id,
      at: new Date(startMs).toISOString(),
      service,
      severity,
      sentence: summary,
      evidence: [evidence],
    })),
  );
});

/** What is written down of an anomaly; one that goes on may be told otherwise later. */
const storedEvidence = (id: string): EvidenceQuery => ({
  title: `What is written down of anomaly ${printable(id.slice(0, 8))}`,
  sql: `SELECT Id AS id, formatDateTime(Start, '%FT%T.%fZ', 'UTC') AS start, ServiceName AS service, Severity AS severity, Summary AS summary,
  Detectors AS detectors
FROM obs_anomalies FINAL WHERE Id = ${quoteText(id)} ORDER BY Id LIMIT 1`,
});
