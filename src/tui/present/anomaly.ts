import type { Anomaly, AnomalyCarrier } from '../../engine/domain/anomaly.ts';
import { seriesOf } from '../state/anomaly-rows.ts';
import type { IncidentRow, SeriesData } from '../state/anomaly-data.ts';
import type { Model } from '../state/model.ts';
import type { Tone } from '../theme.ts';
import { nameOf, severityTone, startText, withoutTime } from './anomalies.ts';
import { featureFigure } from './feature-figure.ts';
import { compact } from './numbers.ts';
import { seriesLines } from './series-line.ts';
import { fitLine, printable, segment, wrap, type Line } from './text.ts';
import { lasting } from './time.ts';

const longestText = 12;
const labelWidth = 10;

/**
 * All that is known of an anomaly, and of the incident that it belongs to.
 * @param series of the carrier that is drawn; undefined while it is on its way
 */
export function anomalyLines(
  anomaly: Anomaly,
  incident: IncidentRow | null,
  series: SeriesData | undefined,
  { nowMs, zone }: Pick<Model, 'nowMs' | 'zone'>,
  width: number,
): readonly Line[] {
  const { startMs, endMs, severity, carriers } = anomaly;
  const summary = withoutTime(anomaly.summary);
  const drawn = seriesOf(anomaly);
  const lasted = lasting((endMs ?? nowMs) - startMs);
  const state = endMs === null ? `open for ${lasted}` : `over, it lasted ${lasted}`;
  const head: Line = [
    segment(printable(nameOf(anomaly)), 'accent'),
    segment('  '),
    segment(severity, severityTone(severity)),
    segment(`  ${state}, since ${startText(startMs, nowMs, zone)}`),
  ];
  return [
    head,
    ...(summary === withoutTime(carriers[0]?.words ?? '')
      ? []
      : wrap(summary, width, longestText).map((text): Line => [segment(text, 'title')])),
    ...(drawn === undefined ? [] : seriesLines(series, drawn, anomaly, severityTone(severity), zone, width)),
    ...carriers.flatMap((carrier, i) => carrierLines(carrier, i, width)),
    ...fact('raised by', anomaly.detectors.join(', '), width),
    ...fact('learned', `from ${anomaly.learned} of history`, width),
    ...fact('rarity', rarity(anomaly.score), width),
    ...fact(
      'found',
      `${startText(anomaly.foundMs, nowMs, zone)}, at its worst ${startText(anomaly.peakMs, nowMs, zone)}`,
      width,
    ),
    ...(incident === null ? [] : incidentLines(incident, nowMs, zone, width)),
  ].map((line) => fitLine(line, width));
}

function fact(name: string, value: string, width: number, tone: Tone = 'normal'): readonly Line[] {
  if (value === '') return [];
  return wrap(value, Math.max(8, width - labelWidth), longestText).map((text, i): Line => [
    segment((i === 0 ? name : '').padEnd(labelWidth), 'muted'),
    segment(text, tone),
  ]);
}

/** Its words, its share of the score, and its figures where they fit. */
function carrierLines(carrier: AnomalyCarrier, index: number, width: number): readonly Line[] {
  const { value, usual, usualLow, usualHigh, share } = carrier;
  const figure = (number: number): string => featureFigure(carrier.feature, number);
  const range = [usualLow, usualHigh].every(Number.isFinite) ? ` (${figure(usualLow)} to ${figure(usualHigh)})` : '';
  const figures = Number.isFinite(value) ? `${figure(value)}, usual ${figure(usual)}${range}` : '';
  const part = `${Math.round(share * 100)}%`.padStart(4);
  const words = withoutTime(carrier.words) || [carrier.feature, carrier.subject].filter((w) => w !== '').join(' of ');
  const lines = fact(index === 0 ? 'carried' : '', `${part}  ${words}`, width);
  const last = lines.at(-1) ?? [];
  const used = last.reduce((sum, { text }) => sum + text.length, 0);
  if (figures === '' || used + figures.length + 2 > width) return lines;
  return [...lines.slice(0, -1), [...last, segment(`  ${figures}`, 'muted')]];
}

/** The score in words: false alarms that a week and service would see at it. */
export function rarity(score: number): string {
  const weeks = 10 ** score;
  const aWeek = Math.round(1 / weeks);
  if (aWeek > 1) return `by chance about ${compact(aWeek)} times a week`;
  if (weeks < 1.5) return 'by chance about once a week';
  const span = weeks < 104 ? `${compact(Math.round(weeks))} weeks` : `${compact(Math.round(weeks / 52))} years`;
  return `by chance about once in ${span}`;
}

function incidentLines(
  { services, origin, note, similar }: IncidentRow,
  nowMs: number,
  zone: Model['zone'],
  width: number,
): readonly Line[] {
  return [
    [segment('incident', 'title')],
    ...fact('from', origin, width, 'accent'),
    ...fact('touches', services.filter((s) => s !== '').join(', '), width),
    ...fact('note', note, width),
    ...similar.flatMap((other, i) =>
      fact(
        i === 0 ? 'alike' : '',
        `${startText(other.startMs, nowMs, zone)}, ${Math.round(other.likeness * 100)}%${other.note === '' ? '' : `: ${other.note}`}`,
        width,
      ),
    ),
  ];
}
