import { Effect } from 'effect';
import { recordDeviations } from '../../cause/records/deviations.ts';
import type { RecordWindow } from '../../cause/records/input.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import { quoted } from '../format.ts';
import type { TimeRange } from '../question.ts';
import { at, during } from '../time-sql.ts';
import { chooseWindows } from './choose-windows.ts';
import { readResources } from './read-resources.ts';
import { instanceSql, readWindow } from './read-window.ts';
import { delaySentence, resourceSentence, structureSentence } from './words.ts';

/** What traces, logs or metrics of one instance do otherwise than usual. */
export interface RecordFinding {
  readonly service: string;
  readonly instance: string;
  /** Empty where unknown. */
  readonly host: string;
  readonly source: 'structure' | 'timing' | 'resource';
  /** Natural log of how much likelier this is with the instance at fault. */
  readonly score: number;
  readonly onsetMs: number | null;
  readonly sentence: string;
  readonly evidence: readonly EvidenceQuery[];
}

/** Compares the records of a time with those of usual times, by instance; none where there is nothing to compare with. */
export const recordFindings = Effect.fnUntraced(function* (
  analysed: TimeRange,
  usual: TimeRange | null,
): Effect.fn.Return<readonly RecordFinding[], QueryFailed | EngineUnavailable, QueryClient> {
  const windows = yield* chooseWindows(analysed, usual);
  if (windows === null) return [];
  const read = (window: TimeRange & { readonly spans: number }) => readWindow(window, window.spans);
  const [now, fine, history, resources] = yield* Effect.all(
    [
      read(windows.analysed),
      read(windows.usual),
      Effect.forEach(windows.history, read, { concurrency: 2 }),
      readResources(analysed),
    ],
    { concurrency: 3 },
  );
  const found = recordDeviations({ analysed: now, usual: fine, history, resources });
  const places = placesOf([now, fine]);
  const placeOf = (instance: string): { readonly service: string; readonly host: string } =>
    places.get(instance) ?? { service: '', host: '' };
  const structure = [...Map.groupBy(found.structure, ({ instance }) => instance)].map(
    ([instance, own]): RecordFinding => {
      const strongest = own.reduce((a, b) => (b.score > a.score ? b : a));
      return {
        instance,
        service: strongest.service,
        host: strongest.host,
        source: 'structure',
        score: own.reduce((sum, { score }) => sum + score, 0),
        onsetMs: Math.min(...own.map(({ atMs }) => atMs)),
        sentence: structureSentence(strongest, found.vocabulary),
        evidence: runEvidence(strongest.invocation.entry, instance),
      };
    },
  );
  const timing = [...found.delays.values()].map((delay): RecordFinding => {
    const measured = delay.groups.flatMap(({ group }) => group.measured);
    const worst = measured.toSorted((a, b) => b.excessMs - a.excessMs)[0]?.span ?? delay.unanswered[0]?.span;
    return {
      instance: delay.instance,
      ...placeOf(delay.instance),
      source: 'timing',
      score: delay.score,
      onsetMs: null,
      sentence: delaySentence(delay),
      evidence: worst === undefined ? [] : runEvidence(worst, worst.instance),
    };
  });
  const taken = found.resources.map((deviation): RecordFinding => {
    const { series, z, sinceMs } = deviation;
    return {
      instance: series.instance,
      service: series.service,
      host: placeOf(series.instance).host,
      source: 'resource',
      score: z,
      onsetMs: sinceMs,
      sentence: resourceSentence(deviation),
      evidence: [resourceEvidence(series.service, series.instance, series.metric, analysed)],
    };
  });
  return [...structure, ...timing, ...taken].filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score);
});

function placesOf(
  windows: readonly RecordWindow[],
): ReadonlyMap<string, { readonly service: string; readonly host: string }> {
  const places = new Map<string, { readonly service: string; readonly host: string }>();
  for (const { spans } of windows) {
    for (const { instance, service, host } of spans) if (!places.has(instance)) places.set(instance, { service, host });
  }
  return places;
}

interface Run {
  readonly traceId: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

const aroundMs = 60_000;

/** One run that shows it: its spans within the instance, and what it logged. */
function runEvidence({ traceId, name, startMs, durationMs }: Run, instance: string): readonly EvidenceQuery[] {
  const range = { fromMs: startMs - aroundMs, toMs: startMs + durationMs + aroundMs };
  const of = `TraceId = ${quoteText(traceId)} AND ${instanceSql} = ${quoteText(instance)}`;
  return [
    {
      title: `A run of ${quoted(name)} that shows it, in ${printable(instance)}`,
      sql: `SELECT SpanName AS operation, SpanKind AS kind, Timestamp AS start, round(Duration / 1e6, 3) AS duration_ms, StatusCode AS status, SpanId AS span
FROM otel_traces WHERE ${during(range)} AND ${of}
ORDER BY Timestamp, SpanId LIMIT 40`,
    },
    {
      title: 'What it logged',
      sql: `SELECT Timestamp AS time, SeverityText AS severity, Body AS body, SpanId AS span
FROM otel_logs WHERE Timestamp >= ${at(range.fromMs)} AND Timestamp < ${at(range.toMs)} AND ${of}
ORDER BY Timestamp, SpanId, Body LIMIT 40`,
    },
  ];
}

const resourceEvidence = (
  service: string,
  instance: string,
  metric: string,
  { fromMs, toMs }: TimeRange,
): EvidenceQuery => ({
  title: `${printable(metric)} of ${printable(instance)}`,
  sql: `SELECT toStartOfInterval(TimeUnix, INTERVAL 10 SECOND) AS time, max(Value) AS value
FROM otel_metrics_gauge
WHERE TimeUnix >= ${at(fromMs - 10 * aroundMs)} AND TimeUnix < ${at(toMs)} AND ServiceName = ${quoteText(service)}
  AND MetricName = ${quoteText(metric)} AND ${instanceSql} = ${quoteText(instance)}
GROUP BY time ORDER BY time LIMIT 200`,
});
