import { describe, expect, test } from 'vitest';
import type { Anomaly, Incident } from '../../../../src/engine/domain/anomaly.ts';
import { createIncidents, type IncidentHistory } from '../../../../src/engine/analyze/incidents/incidents.ts';
import { likeWords } from '../../../../src/engine/analyze/incidents/like-words.ts';
import { anomaly, calls, minute, t0 } from './support/drawn.ts';

const edges = calls('frontend > checkout > payment > ledger');

/** Cosine of fingerprints, whose length is 1. */
const likenessOf = (a: Incident['fingerprint'], b: Incident['fingerprint']): number =>
  Object.entries(a).reduce((sum, [feature, weight]) => sum + weight * (b[feature] ?? 0), 0);

/** The incident that these anomalies make, with what it is like among earlier ones. */
const incidentOf = (anomalies: readonly Anomaly[], history: readonly IncidentHistory[] = []): Incident =>
  createIncidents(null).push({ anomalies, edges, history, nowMs: t0 + 90 * minute })[0]!;

/** As it is found in the store, weeks before. */
const before = (anomalies: readonly Anomaly[], id: string, note: string, days = 20): IncidentHistory => ({
  id,
  startMs: t0 - days * 24 * 60 * minute,
  fingerprint: incidentOf(anomalies).fingerprint,
  note,
});

const operation = (feature: string, times: number, share: number) =>
  ({ kind: 'operation', subject: 'Server POST /pay', feature, times, share }) as const;

/** Connections run out: calls wait, callers wait with them. */
const poolExhaustion = (load: 'low' | 'high'): readonly Anomaly[] =>
  load === 'high'
    ? [
        anomaly('payment', {
          detectors: ['level', 'shift'],
          carriers: [
            operation('p99_ms', 40, 0.5),
            { feature: 'pool_waiting', times: 30, share: 0.3 },
            { feature: 'pool_share', times: 2, share: 0.1 },
          ],
        }),
        anomaly('checkout', {
          from: 0.3,
          carriers: [
            { feature: 'p99_ms', times: 12 },
            { feature: 'error_rate', times: 5, share: 0.3 },
          ],
        }),
        anomaly('frontend', { from: 0.5, carriers: [{ feature: 'p99_ms', times: 6 }] }),
      ]
    : [
        anomaly('payment', {
          detectors: ['shift'],
          carriers: [
            { feature: 'pool_waiting', times: 3, share: 0.5 },
            operation('p95_ms', 3, 0.3),
            { feature: 'calls', down: true, share: 0.2 },
          ],
        }),
        anomaly('checkout', { from: 1, carriers: [{ feature: 'p50_ms', times: 2 }] }),
      ];

/** A version that throws: calls fail fast. */
const badRelease = [
  anomaly('payment', {
    detectors: ['rare', 'level'],
    carriers: [
      { feature: 'error_rate', times: 30, share: 0.5 },
      { feature: 'logs_error', times: 50, share: 0.3 },
      operation('p99_ms', 2, 0.1),
    ],
  }),
  anomaly('checkout', { from: 0.3, carriers: [{ feature: 'error_rate', times: 20 }] }),
];

/** Slow as well, but of CPU, not of connections. */
const cpuHog = [
  anomaly('payment', {
    detectors: ['level'],
    carriers: [operation('p99_ms', 10, 0.5), { feature: 'cpu', times: 4, share: 0.4 }],
  }),
  anomaly('checkout', { from: 0.3, carriers: [{ feature: 'p99_ms', times: 3 }] }),
];

const note = 'pool exhaustion in payment';

describe('a repeated incident is recognised', () => {
  test('the same fault under another load is like the one before, and its note is shown', () => {
    const history = [before(poolExhaustion('high'), 'aaaa0001', note, 0)].map((one) => ({
      ...one,
      startMs: Date.UTC(2026, 9, 2),
    }));
    const { similar } = incidentOf(poolExhaustion('low'), history);
    expect(similar).toMatchObject([{ id: 'aaaa0001', note }]);
    expect(likeWords(similar[0]!)).toMatch(
      /^like 2026-10-02, that one was pool exhaustion in payment \(likeness 0\.\d\d\)$/,
    );
    expect(likeWords({ ...similar[0]!, note: '' })).toContain('incident aaaa0001, of which nothing was noted');
  });

  test('different faults of the same service are not like each other', () => {
    const history = [before(poolExhaustion('high'), 'aaaa0001', note), before(poolExhaustion('low'), 'aaaa0002', note)];
    expect(incidentOf(badRelease, history).similar).toEqual([]);
    expect(incidentOf(cpuHog, history).similar).toEqual([]);
    expect(incidentOf(badRelease, [before(badRelease, 'bbbb0001', '')]).similar).toMatchObject([{ likeness: 1 }]);
  });

  test('slow calls are what many faults share: what else moved tells them apart', () => {
    const [pool, cpu] = [incidentOf(poolExhaustion('high')).fingerprint, incidentOf(cpuHog).fingerprint];
    expect(likenessOf(pool, cpu)).toBeLessThan(0.4);
    expect(likenessOf(pool, incidentOf(poolExhaustion('low')).fingerprint)).toBeGreaterThan(0.85);
  });

  test('the same symptoms of another service are another fault', () => {
    const elsewhere = poolExhaustion('high').map((each) => ({
      ...each,
      service: `other ${each.service}`,
      carriers: each.carriers.map((one) => ({ ...one, service: `other ${one.service}` })),
    }));
    expect(incidentOf(elsewhere, [before(poolExhaustion('high'), 'aaaa0001', note)]).similar).toEqual([]);
  });

  test('of many it finds the most alike, at most three, the most alike first and none that is later', () => {
    const history = [
      before(badRelease, 'bbbb0001', 'bad release'),
      before(cpuHog, 'cccc0001', 'a loop'),
      ...Array.from({ length: 4 }, (_, index) => before(poolExhaustion('high'), `aaaa000${index}`, note, 10 + index)),
      { ...before(poolExhaustion('high'), 'aaaa0009', note), startMs: t0 + minute },
    ];
    const { similar } = incidentOf(poolExhaustion('high'), history);
    expect(similar.map(({ id }) => id)).toEqual(['aaaa0000', 'aaaa0001', 'aaaa0002']);
    expect(similar[0]!.likeness).toBeGreaterThan(0.9);
  });

  test('what only this fault brought weighs more than what every incident brings', () => {
    const history = Array.from({ length: 20 }, (_, index) => before(cpuHog, `cccc00${index}`, ''));
    const weights = incidentOf(poolExhaustion('high'), history).fingerprint;
    const alone = incidentOf(poolExhaustion('high')).fingerprint;
    const ratio = (fingerprint: Incident['fingerprint']): number =>
      fingerprint['payment pool up']! / fingerprint['payment latency up']!;
    expect(ratio(weights)).toBeGreaterThan(ratio(alone));
  });

  test('its weights have length 1, a series and its opposite are two features, and a host is known on another', () => {
    const { fingerprint } = incidentOf(poolExhaustion('low'));
    expect(likenessOf(fingerprint, fingerprint)).toBeCloseTo(1, 5);
    expect(Object.keys(fingerprint)).toEqual(
      expect.arrayContaining([
        'payment pool up',
        'payment latency up',
        'payment calls down',
        'checkout latency up',
        'payment by shift',
      ]),
    );
    const full = (host: string): Incident =>
      incidentOf([anomaly(host, { carriers: [{ kind: 'host', subject: host, feature: 'disk_share' }] })]);
    expect(likenessOf(full('db-1').fingerprint, full('db-2').fingerprint)).toBeGreaterThan(0.8);
  });

  test('metrics count by name, not by the attributes that name an instance', () => {
    const queue = (instance: string): Incident =>
      incidentOf([
        anomaly('payment', {
          carriers: [{ kind: 'metric', subject: `jobs.queued{instance="${instance}"}`, feature: 'value' }],
        }),
      ]);
    expect(likenessOf(queue('a').fingerprint, queue('b').fingerprint)).toBeCloseTo(1, 5);
  });
});
