import type { Anomaly, AnomalyCarrier } from '../../../src/engine/domain/anomaly.ts';
import type { Prediction } from '../../../src/engine/domain/prediction.ts';
import type {
  Alarm,
  AnomalyData,
  IncidentRow,
  PredictionData,
  SeriesData,
} from '../../../src/tui/state/anomaly-data.ts';

const minute = 60_000;
const hour = 60 * minute;

function carrier(
  service: string,
  subject: string,
  feature: string,
  words: string,
  share: number,
  [value, usual, usualLow, usualHigh]: readonly [number, number, number, number],
): AnomalyCarrier {
  const kind = subject.startsWith('node-') ? 'host' : subject === '' ? 'service' : 'operation';
  return { kind, service, subject, feature, value, usual, usualLow, usualHigh, share, words };
}

function anomaly(id: string, startMs: number, endMs: number | null, more: Partial<Anomaly>): Anomaly {
  return {
    id,
    service: 'checkout',
    startMs,
    peakMs: startMs + 40_000,
    endMs,
    foundMs: startMs + 14_000,
    severity: 'warning',
    score: 1.7,
    detectors: ['level', 'season'],
    carriers: [],
    summary: '',
    learned: 'days',
    ...more,
  };
}

/** A payment that got slow, what it brought with it, a full host, and a calm one of the morning. */
export function anomaliesAt(now: number): AnomalyData {
  const began = now - 12 * minute;
  const pay = 'p99 of POST /pay 4.1× its usual 180 ms, since 11:48:00';
  const anomalies: readonly Anomaly[] = [
    anomaly('a1', began, null, {
      service: 'payment',
      severity: 'critical',
      score: 3.4,
      detectors: ['shift', 'level', 'combination'],
      carriers: [
        carrier('payment', 'Server POST /pay', 'p99_ms', pay, 0.62, [738, 180, 120, 240]),
        carrier(
          'payment',
          '',
          'error_rate',
          '9.1 % of calls of payment fail, usually 0.1 %, since 11:48:20',
          0.21,
          [0.091, 0.001, 0, 0.012],
        ),
        carrier('payment', 'Client POST', 'calls', '', 0.07, [12, 101, 84, 120]),
      ],
      summary: pay,
    }),
    anomaly('a2', began + 20_000, null, {
      carriers: [
        carrier(
          'checkout',
          '',
          'p95_ms',
          'p95 of checkout 2.2× its usual 310 ms, since 11:48:20',
          0.8,
          [682, 310, 240, 420],
        ),
      ],
      summary: 'p95 of checkout 2.2× its usual 310 ms, since 11:48:20',
    }),
    anomaly('a3', now - 50 * minute, now - 45 * minute, {
      service: '',
      severity: 'info',
      learned: 'hours',
      detectors: ['ramp'],
      carriers: [
        carrier('', 'node-2', 'load', 'load of node-2 2.5× its usual 4.5, since 11:10:00', 1, [11.2, 4.5, 3, 6]),
      ],
      summary: 'load of node-2 2.5× its usual 4.5, since 11:10:00',
    }),
    anomaly('a4', now - 20 * hour, now - 19 * hour, {
      service: 'おすすめ-recommendations',
      summary: 'おすすめ-recommendations gets no calls, usually 6.5/s, since 16:00:00',
    }),
  ];
  const incidents: readonly IncidentRow[] = [
    {
      id: 'i1',
      startMs: began,
      endMs: null,
      severity: 'critical',
      services: ['payment', 'checkout', 'web'],
      origin: 'payment',
      anomalyIds: ['a1', 'a2'],
      summary: 'payment: p99 of POST /pay 4.1× its usual 180 ms, since 11:48:00; also in checkout',
      similar: [
        { id: 'i-old', startMs: now - 9 * 24 * hour, likeness: 0.87, note: 'card processor was away' },
        { id: 'i-older', startMs: now - 30 * 24 * hour, likeness: 0.54, note: '' },
      ],
      note: '',
    },
    {
      id: 'i2',
      startMs: now - 20 * hour,
      endMs: now - 19 * hour,
      severity: 'warning',
      services: ['おすすめ-recommendations'],
      origin: 'おすすめ-recommendations',
      anomalyIds: ['a4'],
      summary: 'おすすめ-recommendations gets no calls, usually 6.5/s, since 16:00:00',
      similar: [],
      note: 'planned: moved to another cluster',
    },
  ];
  return {
    isKept: true,
    incidents,
    anomalies,
    watched: { services: 12, firstMs: now - 50 * hour, lastMs: now - 20_000 },
  };
}

export const noAlarm: Alarm = { open: 0, worst: null };

export function alarmOf({ incidents }: AnomalyData): Alarm {
  const open = incidents.filter((i) => i.endMs === null);
  return { open: open.length, worst: open[0] ?? null };
}

/** Somebody looks, and there is nothing. */
export function calmAt(now: number): AnomalyData {
  return { ...anomaliesAt(now), incidents: [], anomalies: [] };
}

export const unkept: AnomalyData = {
  isKept: false,
  incidents: [],
  anomalies: [],
  watched: { services: 0, firstMs: null, lastMs: null },
};

function prediction(id: string, title: string, hours: readonly (number | null)[], now: number): Prediction {
  const at = (hoursAhead: number | null | undefined): number | null =>
    typeof hoursAhead === 'number' ? now + hoursAhead * hour : null;
  const [earliest, likely, latest] = hours;
  return {
    id,
    madeMs: now - 4 * minute,
    series: { kind: 'host', service: '', subject: 'node-1', feature: 'disk_share' },
    kind: 'crossing',
    title,
    threshold: 0.95,
    direction: 'above',
    atMs: null,
    low: null,
    likely: null,
    high: null,
    earliestMs: at(earliest),
    likelyMs: at(likely),
    latestMs: at(latest),
    probability: 0.87,
    outcome: 'open',
    markedMs: null,
    actual: null,
  };
}

export function predictionsAt(now: number): PredictionData {
  return {
    isKept: true,
    predictions: [
      {
        ...prediction('p1', 'budget of checkout availability is spent', [0.4, 0.75, 1.5], now),
        kind: 'burn',
        series: { kind: 'service', service: 'checkout', subject: '', feature: 'error_rate' },
      },
      prediction('p2', 'disk /data of node-1 is full', [3.2, 5.5, 9], now),
      {
        ...prediction('p3', '', [30, 70, null], now),
        series: { kind: 'host', service: '', subject: 'node-1', feature: 'inodes_share' },
        probability: 0.3,
      },
    ],
    record: { right: 41, wrong: 3, untold: 2 },
  };
}

export const unpredicted: PredictionData = {
  isKept: true,
  predictions: [],
  record: { right: 0, wrong: 0, untold: 0 },
};

/** Twelve calm minutes, a gap, and twelve bad ones. */
export function seriesAt(now: number): SeriesData {
  const fromMs = now - 24 * minute;
  const points = Array.from({ length: 144 }, (_, i) => {
    const value = i < 72 ? 150 + 40 * Math.sin(i / 5) : 600 + 138 * Math.abs(Math.sin(i / 9));
    return [fromMs + i * 10_000, value] as const;
  }).filter((_, i) => i < 40 || i > 44);
  return { stepMs: 10_000, fromMs, toMs: now, points };
}
