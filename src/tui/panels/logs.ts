import { limits } from '../../engine/domain/limits.ts';
import { traceLogsQuery } from '../../engine/store/queries.ts';
import { severities } from '../roles.ts';
import type { LogRow, RequestFor } from '../state/data.ts';
import { attributes, inRange, number, ofServices, rangeParameters, text, type Panel, type Row } from './panel.ts';

const columns = `toString(cityHash64(Timestamp, ServiceName, Body, TraceId, SpanId)) AS hash,
  toFloat64(toUnixTimestamp64Milli(Timestamp)) AS atMs, SeverityNumber AS severityNumber, SeverityText AS severityText,
  ServiceName AS service, substringUTF8(Body, 1, ${limits.watch.bodyCharacters}) AS body, TraceId AS traceId, SpanId AS spanId, LogAttributes AS attributes`;

/** The newest records that match, oldest first. */
export function logsPanel(request: RequestFor<'logs'>, nowMs: number): Panel<'logs'> {
  const only = ofServices(request.services);
  const lowest = severities.indexOf(request.minSeverity) * 4 + 1;
  // Records without a severity are shown unless a role asks for serious ones.
  const severity =
    lowest <= 9 ? ` AND (SeverityNumber >= ${lowest} OR SeverityNumber = 0)` : ` AND SeverityNumber >= ${lowest}`;
  const search =
    request.search === ''
      ? ''
      : ` AND (positionCaseInsensitiveUTF8(Body, {search:String}) > 0
    OR positionCaseInsensitiveUTF8(ServiceName, {search:String}) > 0 OR startsWith(TraceId, lower({search:String})))`;
  return {
    statements: [
      {
        sql: `SELECT ${columns}
FROM otel_logs
WHERE ${inRange}${severity}${only.sql}${search}
ORDER BY Timestamp DESC
LIMIT ${limits.watch.logs}`,
        parameters: {
          ...rangeParameters(request.rangeMs, nowMs),
          ...only.parameters,
          ...(request.search === '' ? {} : { search: request.search }),
        },
      },
    ],
    decode: (rows = []) => logRows(rows.toReversed()),
  };
}

export function traceLogsPanel(request: RequestFor<'traceLogs'>): Panel<'traceLogs'> {
  return {
    statements: [traceLogsQuery(request.traceId, { columns, limit: limits.watch.logs })],
    decode: (rows = []) => logRows(rows),
  };
}

function logRows(rows: readonly Row[]): readonly LogRow[] {
  // Equal records are counted, not folded: two identical lines are two lines.
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const hash = text(row, 'hash');
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return {
      key: `${hash}/${count}`,
      atMs: number(row, 'atMs'),
      severityNumber: number(row, 'severityNumber'),
      severityText: text(row, 'severityText'),
      service: text(row, 'service'),
      body: text(row, 'body'),
      traceId: text(row, 'traceId'),
      spanId: text(row, 'spanId'),
      attributes: attributes(row['attributes']),
    };
  });
}
