/**
 * What grouping costs: `node bench/incidents.ts`. 200 services that call each other, one window of 10 s after the other,
 * once with a few incidents that go on, and once with everything failing at the same time.
 */
import type { Anomaly } from '../src/engine/domain/anomaly.ts';
import { createIncidents, type IncidentHistory } from '../src/engine/analyze/incidents/incidents.ts';
import { randomFrom } from '../src/engine/analyze/autoencoder/random.ts';

const services = 200;
const windows = 360;
const stepMs = 10_000;
const startMs = Date.UTC(2026, 0, 1);
const random = randomFrom(1);
const pick = (below: number): number => Math.floor(random() * below);
const name = (index: number): string => `service-${index}`;
const edges = Array.from({ length: 3 * services }, () => ({
  caller: name(pick(services)),
  callee: name(pick(services)),
}));
const features = ['p99_ms', 'error_rate', 'cpu', 'pool_waiting', 'logs_error', 'queue'];

function anomaly(id: number, atMs: number, endMs: number | null): Anomaly {
  const service = name(pick(services));
  const carriers = Array.from({ length: 5 }, () => ({
    kind: 'operation' as const,
    service,
    subject: `Server GET /${pick(20)}`,
    feature: features[pick(features.length)]!,
    value: 400,
    usual: 100,
    usualLow: 80,
    usualHigh: 120,
    share: random() / 5,
    words: 'p99 of GET / 4× its usual 100 ms',
  }));
  const severity = random() < 0.5 ? 'warning' : 'critical';
  const times = { startMs: atMs, peakMs: atMs, endMs, foundMs: atMs };
  return {
    id: `a${id}`,
    service,
    ...times,
    severity,
    score: 3 * random(),
    detectors: ['level'],
    carriers,
    summary: '',
    learned: 'days',
  };
}

const earlier: IncidentHistory[] = Array.from({ length: 2000 }, (_, index) => {
  const anomalies = Array.from({ length: 1 + pick(6) }, (_, at) => anomaly(at, startMs, startMs));
  const [made] = createIncidents(null).push({ anomalies, edges, history: [], nowMs: startMs });
  return { id: `h${index}`, startMs: startMs - index, fingerprint: made!.fingerprint, note: '' };
});

/** @param perWindow anomalies that begin in each window, each of which goes on for ten minutes and changes in every window */
function run(what: string, first: number, perWindow: number): void {
  const incidents = createIncidents(null);
  let live: Anomaly[] = [];
  let id = 0;
  const took: number[] = [];
  for (let window = 0; window < windows; window++) {
    const nowMs = startMs + window * stepMs;
    const fresh = Array.from(
      { length: window === 0 ? first : perWindow >= 1 ? perWindow : window % Math.round(1 / perWindow) === 0 ? 1 : 0 },
      () => anomaly(id++, nowMs, null),
    );
    const told = [...live.map((each) => ({ ...each, score: each.score + 0.01 })), ...fresh].map((each) =>
      nowMs - each.startMs >= 600_000 ? { ...each, endMs: nowMs } : each,
    );
    const before = performance.now();
    incidents.push({ anomalies: told, edges, history: earlier, nowMs });
    took.push(performance.now() - before);
    live = told.filter(({ endMs }) => endMs === null);
  }
  const sorted = took.toSorted((a, b) => a - b);
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  const share = (mean / stepMs) * 100;
  const state = (incidents.state().length / 1024).toFixed(0);
  console.log(
    `${what}: mean ${mean.toFixed(2)} ms a window (${share.toFixed(3)} % of a core), median ${sorted[windows / 2]!.toFixed(2)}, worst ${sorted.at(-1)!.toFixed(1)} ms; state at the end ${state} KiB`,
  );
}

run('1 anomaly a minute, 10 min each', 1, 1 / 6);
run('1 anomaly a window, 60 at once', 1, 1);
run('2,000 at once', 2000, 0);
