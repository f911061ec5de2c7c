import type { Anomaly } from '../../domain/anomaly.ts';
import { printable } from '../../domain/printable.ts';
import type { Colours } from '../../search/describe-log.ts';
import type { Stored } from './incident-rows.ts';
import { likeWords } from './like-words.ts';
import { placeOf } from './place.ts';
import { howLong, severityPaint, unheardWords, wordsOf } from './render-anomalies.ts';
import type { ShownIncident } from './show-incident.ts';
import { shortTime, utcTime } from './times.ts';
import { wrapped } from './wrap.ts';

/** Longer timelines say how many more there are. */
const timelineRows = 40;
const carriersShown = 3;
const beginningsShown = 8;
/** Traces of a little before it began. */
const beforeMs = 60_000;

/** All that is known of one incident, for people. */
export function renderIncident(
  { incident, anomalies, meetings }: ShownIncident,
  nowMs: number,
  width: number,
  colours: Colours,
): string {
  const { id, severity, startMs, endMs, origin, services, similar, note } = incident;
  const field = (name: string, text: string): readonly string[] => {
    const [first = '', ...rest] = wrapped(printable(text), width, ' '.repeat(10));
    return [`${name.padEnd(9)} ${first.trimStart()}`, ...rest];
  };
  const head = `Incident ${id}  ${severity}  ${utcTime(startMs)} UTC  ${unheardWords(incident, nowMs) ?? howLong(incident, nowMs)}`;
  const lines = [
    severityPaint(severity, colours)(head),
    ...wrapped(printable(incident.summary), width),
    '',
    ...field('Began in', origin === '' ? 'unknown' : origin),
    ...field('Services', services.length === 0 ? 'none' : services.join(', ')),
    ...(note === '' ? [] : field('Noted', note)),
    ...similar.flatMap((earlier, index) => field(index === 0 ? 'Like' : '', likeWords(earlier).replace(/^like /, ''))),
    ...(anomalies.length === 0 ? [] : ['', colours.dim('What happened, in order of time')]),
    ...anomalies.slice(0, timelineRows).flatMap((anomaly) => timelineOf(anomaly, nowMs, width, colours)),
    ...(anomalies.length > timelineRows ? [`  … and ${anomalies.length - timelineRows} more`] : []),
    ...beganTogether(meetings[0], width, colours),
    '',
    colours.dim('Next'),
    ...nextSteps(incident, endMs ?? incident.unheardSinceMs ?? nowMs),
  ];
  return `${lines.join('\n')}\n`;
}

/** When, where and how long; then the most telling series. */
function timelineOf(anomaly: Stored<Anomaly>, nowMs: number, width: number, colours: Colours): readonly string[] {
  const { severity, startMs, carriers, detectors, score, learned } = anomaly;
  const place = placeOf(anomaly);
  const name = printable(place.kind === 'host' ? `host ${place.name}` : place.name);
  const words = carriers.length === 0 ? [wordsOf(anomaly)] : carriers.slice(0, carriersShown).map(({ words }) => words);
  const by = `score ${score.toFixed(1)}, by ${detectors.join(', ') || 'none'}, knows ${learned}`;
  return [
    `${colours.dim(shortTime(startMs))}  ${severityPaint(severity, colours)(severity.padEnd(8))}  ${colours.accent(name)}  ${unheardWords(anomaly, nowMs) ?? howLong(anomaly, nowMs)}  ${colours.dim(by)}`,
    ...words.flatMap((each) => wrapped(printable(each), width, '    ')),
  ];
}

/** Of the most surprising meeting: what is no series, which the timeline has already. */
function beganTogether(
  meeting: ShownIncident['meetings'][number] | undefined,
  width: number,
  colours: Colours,
): readonly string[] {
  const beginnings = (meeting?.beginnings ?? []).filter(({ kind }) => kind !== 'series').slice(0, beginningsShown);
  if (beginnings.length === 0) return [];
  return [
    '',
    colours.dim('What else began then'),
    ...beginnings.flatMap(({ onsetMs, words }) => {
      const [first = '', ...rest] = wrapped(printable(words), width, ' '.repeat(16));
      return [`${colours.dim(shortTime(onsetMs))}  ${first.trimStart()}`, ...rest];
    }),
  ];
}

/** What to type next; a name that a shell would read differently is quoted for it. */
function nextSteps(
  { id, origin, services, startMs, note }: ShownIncident['incident'],
  endMs: number,
): readonly string[] {
  const since = new Date(startMs - beforeMs).toISOString();
  const until = new Date(endMs + beforeMs).toISOString();
  const ofOrigin = services.includes(origin) ? ` --service ${shellWord(origin)}` : '';
  return [
    `  obs traces --errors${ofOrigin} --since ${since} --until ${until}`,
    `  obs logs --severity error${ofOrigin} --since ${since} --until ${until}`,
    `  obs explain --errors${ofOrigin} --since ${since}`,
    ...(note === '' ? [`  obs incidents note ${id} "what it was"`] : []),
  ];
}

/** Names come from telemetry: pasted into a shell, each is one word and nothing else. */
function shellWord(name: string): string {
  const text = printable(name);
  return /^[\w.:/@%+=-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
