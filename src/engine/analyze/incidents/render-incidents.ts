import type { Incident } from '../../domain/anomaly.ts';
import { printable } from '../../domain/printable.ts';
import type { Colours } from '../../search/describe-log.ts';
import { renderTable } from '../../search/render-table.ts';
import type { Followed } from './follow.ts';
import type { Stored } from './incident-rows.ts';
import { likeWords } from './like-words.ts';
import { howLong, severityPaint, unheardWords } from './render-anomalies.ts';
import { lasted, shortTime } from './times.ts';
import { wrapped } from './wrap.ts';

/** A table in which each row is followed by what happened, what it is like and what was noted. */
export function renderIncidents(
  incidents: readonly Stored<Incident>[],
  nowMs: number,
  width: number,
  colours: Colours,
): string {
  const columns = ['id', 'start (UTC)', 'severity', 'lasted', 'services', 'began in'].map((name) => ({
    name,
    type: name === 'services' ? 'UInt32' : 'String',
  }));
  const rows = incidents.map((incident) => [
    incident.id,
    shortTime(incident.startMs),
    incident.severity,
    howLong(incident, nowMs),
    incident.services.length,
    incident.origin,
  ]);
  const [head = '', rule = '', ...lines] = renderTable(columns, rows, width).trimEnd().split('\n');
  const told = lines.flatMap((line, index) => {
    const incident = incidents[index]!;
    return [
      severityPaint(incident.severity, colours)(line),
      ...[...unheardOf(incident, nowMs), ...remarksOf(incident)].flatMap((remark) => wrapped(remark, width, '  ')),
    ];
  });
  return `${[head, rule, ...told].join('\n')}\nNext: obs incidents ${incidents[0]?.id ?? ''}\n`;
}

const unheardOf = (incident: Stored<Incident>, nowMs: number): readonly string[] => {
  const words = unheardWords(incident, nowMs);
  return words === null ? [] : [words];
};

/** What it is; then what was noted of it, or what it is like. */
function remarksOf({ summary, note, similar }: Incident): readonly string[] {
  const [first] = similar;
  const more = note !== '' ? [`noted: ${note}`] : first === undefined ? [] : [likeWords(first)];
  return [summary, ...more].map(printable);
}

const newsWords = {
  found: 'began',
  worse: 'got worse',
  wider: 'reached another service',
  unheard: 'not heard of any more',
} as const;

/** One line of `--follow`. */
export function describeIncident({ news, found }: Followed<Incident>, colours: Colours): string {
  const { id, severity, startMs, endMs } = found;
  const what = endMs !== null ? `ended after ${lasted(endMs - startMs)}` : news === 'ended' ? news : newsWords[news];
  const remarks = news === 'found' ? remarksOf(found).join(' · ') : printable(found.summary);
  const painted = severityPaint(severity, colours)(severity.padEnd(8));
  return `${colours.dim(shortTime(endMs ?? startMs))} ${painted} ${colours.accent(id)} ${what}: ${remarks}`;
}
