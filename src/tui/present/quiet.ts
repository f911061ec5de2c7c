import { leastOutlookMs, type AnomalyData, type PredictionData, type Watched } from '../state/anomaly-data.ts';
import type { Model, PaneId } from '../state/model.ts';
import { lasting, rangeText } from './time.ts';

type Part = readonly [text: string, tone: 'normal' | 'muted' | 'warn'];

/** The analyzer closes a window every minute; after so long without one it is said to be silent. */
const silentMs = 5 * 60_000;

const otherVersion: readonly Part[] = [
  ['This store has no tables for it', 'normal'],
  ['Another version of obs set it up; `obs up` of this version adds them.', 'muted'],
];

/** What an empty pane of the anomalies says: that all is well, or that nobody looks. */
export function quietParts(model: Model, pane: PaneId): readonly Part[] | null {
  const { anomalies, predictions } = model.panels;
  switch (pane) {
    case 'incidents':
      return anomalies === undefined ? null : calm(anomalies.data, model);
    case 'anomalies':
      return anomalies === undefined ? null : noAnomalies(anomalies.data, model);
    case 'anomaly':
      return [['No anomaly is selected', 'muted']];
    case 'predictions':
      return predictions === undefined ? null : unpredicted(predictions.data);
    default:
      return null;
  }
}

function calm({ isKept, watched, anomalies }: AnomalyData, { nowMs, rangeMs }: Model): readonly Part[] {
  if (!isKept) return otherVersion;
  const { services, firstMs, lastMs } = watched;
  const nothing: Part = [
    `${anomalies.length > 0 ? 'No incident' : 'Nothing out of the usual'} in the last ${rangeMs > leastOutlookMs ? rangeText(rangeMs) : 'day'}`,
    'normal',
  ];
  if (firstMs === null || lastMs === null) {
    return [
      ['Nothing has been looked at yet', 'normal'],
      ['The analyzer has closed no window so far; `obs status` tells whether it runs.', 'muted'],
    ];
  }
  const silent = silenceText({ services, firstMs, lastMs }, nowMs);
  return [
    nothing,
    [`${servicesText(services)} watched, the oldest for ${lasting(nowMs - firstMs)}`, 'muted'],
    ...(silent === '' ? [] : ([[`The ${silent}: \`obs status\` tells whether it runs.`, 'warn']] as const)),
  ];
}

/** That nobody looks: what is shown is then what was. Empty when somebody does. */
export function silenceText({ lastMs }: Watched, nowMs: number): string {
  return lastMs === null || nowMs - lastMs <= silentMs ? '' : `analyzer has been silent for ${lasting(nowMs - lastMs)}`;
}

function servicesText(services: number): string {
  return services === 1 ? '1 service' : `${services} services`;
}

function noAnomalies(data: AnomalyData, model: Model): readonly Part[] {
  return data.incidents.length === 0
    ? calm(data, model)
    : [['The anomalies of this incident are not kept any more', 'muted']];
}

function unpredicted({ isKept, record }: PredictionData): readonly Part[] {
  if (!isKept) return otherVersion;
  const marked = recordText(record, true);
  return [
    ['Nothing is expected to run out or to cross a limit', 'normal'],
    [
      marked === '' ? 'No prediction came due in the last 7 days.' : `Predictions of the last 7 days: ${marked}`,
      'muted',
    ],
  ];
}

/** How predictions of the last 7 days came out; nothing when none was due. */
export function recordText({ right, wrong, untold }: PredictionData['record'], isNarrow: boolean): string {
  if (right + wrong + untold === 0) return '';
  const counts = `${right} right, ${wrong} wrong, ${untold} untold`;
  return isNarrow ? counts : `last 7d: ${counts}`;
}
