import type { Anomaly } from '../../domain/anomaly.ts';
import { printable } from '../../domain/printable.ts';
import type { Colours } from '../../search/describe-log.ts';
import { renderTable } from '../../search/render-table.ts';
import type { Followed } from './follow.ts';
import type { Stored } from './incident-rows.ts';
import { placeOf } from './place.ts';
import { clockTime, lasted, shortTime } from './times.ts';
import { wrapped } from './wrap.ts';

export const severityPaint = (severity: Anomaly['severity'], colours: Colours): ((text: string) => string) =>
  severity === 'critical' ? colours.error : severity === 'warning' ? colours.warning : colours.dim;

type Times = Stored<Pick<Anomaly, 'startMs' | 'endMs'>>;

/** Of what nobody continues it is not known: `unheardWords` go with it. */
export function howLong({ startMs, endMs, unheardSinceMs }: Times, nowMs: number): string {
  if (endMs !== null) return lasted(endMs - startMs);
  return unheardSinceMs === undefined ? `${lasted(nowMs - startMs)}, on` : 'unknown';
}

/** "not heard of since 14:02"; nothing of what goes on or has ended. */
export const unheardWords = ({ unheardSinceMs }: Times, nowMs: number): string | null =>
  unheardSinceMs === undefined ? null : `not heard of since ${clockTime(unheardSinceMs, nowMs)}`;

/** A table in which each row is followed by what happened, in words. */
export function renderAnomalies(
  anomalies: readonly Stored<Anomaly>[],
  nowMs: number,
  width: number,
  colours: Colours,
): string {
  const columns = ['start (UTC)', 'severity', 'service', 'lasted', 'score', 'known by'].map((name) => ({
    name,
    type: name === 'score' ? 'Float64' : 'String',
  }));
  const rows = anomalies.map((anomaly) => [
    shortTime(anomaly.startMs),
    anomaly.severity,
    placeOf(anomaly).kind === 'host' ? `host ${placeOf(anomaly).name}` : anomaly.service,
    howLong(anomaly, nowMs),
    anomaly.score.toFixed(1),
    anomaly.learned,
  ]);
  const [head = '', rule = '', ...lines] = renderTable(columns, rows, width).trimEnd().split('\n');
  const told = lines.flatMap((line, index) => {
    const anomaly = anomalies[index]!;
    const unheard = unheardWords(anomaly, nowMs);
    const words = wrapped(`${unheard === null ? '' : `${unheard}: `}${wordsOf(anomaly)}`, width, '  ');
    return [severityPaint(anomaly.severity, colours)(line), ...words];
  });
  return `${[head, rule, ...told].join('\n')}\n`;
}

export const wordsOf = ({ carriers, summary }: Anomaly): string => printable(carriers[0]?.words ?? summary);

const newsWords = {
  found: 'found',
  worse: 'got worse',
  wider: 'got wider',
  ended: 'ended',
  unheard: 'not heard of any more',
} as const;

/** One line of `--follow`: when, what is new, how bad, where, what. */
export function describeAnomaly({ news, found }: Followed<Anomaly>, colours: Colours): string {
  const { severity, startMs, endMs } = found;
  const place = placeOf(found);
  const what =
    news === 'ended' || endMs !== null ? `ended after ${lasted((endMs ?? startMs) - startMs)}` : newsWords[news];
  const time = colours.dim(shortTime(endMs ?? (news === 'found' ? startMs : found.peakMs)));
  const name = colours.accent(printable(place.kind === 'host' ? `host ${place.name}` : place.name));
  return `${time} ${severityPaint(severity, colours)(severity.padEnd(8))} ${name} ${what}: ${wordsOf(found)}`;
}
