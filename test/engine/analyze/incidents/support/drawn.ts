import type { Anomaly, AnomalyCarrier, AnomalySeverity, Incident } from '../../../../../src/engine/domain/anomaly.ts';

/** 2026-11-02 14:00:00 UTC. */
export const t0 = Date.UTC(2026, 10, 2, 14);
export const minute = 60_000;

interface DrawnCarrier {
  readonly feature: string;
  readonly kind?: AnomalyCarrier['kind'];
  readonly subject?: string;
  readonly share?: number;
  readonly down?: boolean;
  readonly times?: number;
}

/** A series that left its usual 100. */
export const carrier = (service: string, drawn: DrawnCarrier): AnomalyCarrier => {
  const { feature, kind = 'service', subject = '', share = 0.5, down = false, times = 4 } = drawn;
  const value = down ? 100 / times : 100 * times;
  return {
    kind,
    service: kind === 'host' ? '' : service,
    subject,
    feature,
    value,
    usual: 100,
    usualLow: 80,
    usualHigh: 120,
    share,
    words: `${feature} of ${subject || service} ${down ? 1 / times : times}× its usual 100`,
  };
};

interface Drawn {
  readonly id?: string;
  /** Minutes after `t0`; `to` null: it goes on. */
  readonly from?: number;
  readonly to?: number | null;
  readonly severity?: AnomalySeverity;
  readonly score?: number;
  readonly detectors?: readonly string[];
  readonly carriers?: readonly DrawnCarrier[];
}

export function anomaly(service: string, drawn: Drawn = {}): Anomaly {
  const { from = 0, to = null, severity = 'warning', score = 2, detectors = ['level'] } = drawn;
  const carriers = (drawn.carriers ?? [{ feature: 'p99_ms' }]).map((each) => carrier(service, each));
  const startMs = t0 + from * minute;
  return {
    id: drawn.id ?? `${service}@${from}`,
    service: carriers[0]?.kind === 'host' ? '' : service,
    startMs,
    peakMs: startMs,
    endMs: to === null ? null : t0 + to * minute,
    foundMs: startMs + 15_000,
    severity,
    score,
    detectors,
    carriers,
    summary: carriers[0]?.words ?? '',
    learned: 'days',
  };
}

export const hostAnomaly = (host: string, drawn: Drawn = {}): Anomaly =>
  anomaly(host, { ...drawn, carriers: [{ feature: 'cpu', kind: 'host', subject: host }] });

/** "frontend > checkout > payment": who calls whom. */
export const calls = (...chains: readonly string[]): readonly { readonly caller: string; readonly callee: string }[] =>
  chains.flatMap((chain) => {
    const services = chain.split(' > ');
    return services.slice(1).map((callee, index) => ({ caller: services[index]!, callee }));
  });

export const incident = (changes: Partial<Incident> = {}): Incident => ({
  id: '1f3a9c02',
  startMs: t0,
  endMs: null,
  severity: 'warning',
  services: ['checkout', 'payment'],
  origin: 'payment',
  anomalyIds: ['payment@0'],
  summary: 'payment: p99 of POST /pay 4.1× its usual 180 ms, since 14:00:00; also in checkout',
  fingerprint: { 'payment latency up': 1 },
  similar: [],
  note: '',
  ...changes,
});
