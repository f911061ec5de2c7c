import { tracePanel } from '../../../src/tui/panels/trace.ts';
import type { Row } from '../../../src/tui/panels/panel.ts';
import { resourcesOf } from '../../../src/tui/panels/resources.ts';
import { listRoles, RoleProblem, shippedRoles, type PageId, type Role } from '../../../src/tui/roles.ts';
import type {
  ErrorGroup,
  InstanceRow,
  LogRow,
  PanelAnswer,
  PanelData,
  PanelRequest,
  ServiceData,
  ServiceRow,
  TraceRow,
} from '../../../src/tui/state/data.ts';
import { requestKey } from '../../../src/tui/state/data.ts';
import type { Event } from '../../../src/tui/state/events.ts';
import { initialModel, type Model } from '../../../src/tui/state/model.ts';
import { wantedPanels } from '../../../src/tui/state/requests.ts';
import { update } from '../../../src/tui/state/update.ts';
import { alarmOf, anomaliesAt, noAlarm, predictionsAt, seriesAt, unkept, unpredicted } from './anomaly-fixtures.ts';
import { seeded, shopRequest } from './shop-traffic.ts';

/** The clock of all frames: 2026-01-31 12:00:00 UTC. */
export const now = Date.UTC(2026, 0, 31, 12, 0, 0);
export const roles = listRoles([shippedRoles]);

export function roleNamed(name: string): Role {
  const role = roles.find((r) => r.name === name)?.role;
  if (role === undefined || role instanceof RoleProblem) throw new Error(`no role ${name}`);
  return role;
}

export interface ModelChoice {
  readonly page?: PageId;
  readonly role?: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly services?: readonly string[];
}

/** A model that has asked for nothing yet. */
export function freshModel({ page, role = 'sre', columns = 80, rows = 24, services = [] }: ModelChoice = {}): Model {
  return initialModel({
    endpoint: 'http://127.0.0.1:8123',
    otlpEndpoint: 'http://127.0.0.1:4318',
    zone: 'utc',
    size: { columns, rows },
    nowMs: now,
    roles,
    role: roleNamed(role),
    page: page ?? null,
    services,
    rangeMs: 15 * 60_000,
  });
}

/** Answers what the model wants, as the feed would, until it wants nothing more. */
export function answerAll(model: Model, data: PanelData = shop): Model {
  let answered = model;
  for (let round = 0; round < 3; round++) {
    for (const request of wantedPanels(answered)) answered = update(answered, answerTo(request, data));
  }
  return answered;
}

export function answerTo(request: PanelRequest, data: PanelData = shop): Event {
  const answer = { id: request.id, key: requestKey(request), data: data[request.id], atMs: now } as PanelAnswer;
  return { type: 'answered', answer };
}

export function press(model: Model, ...names: readonly string[]): Model {
  return names.reduce((m, name) => update(m, { type: 'key', name }), model);
}

/** Presses keys and lets data come after each, as it is on a terminal. */
export function play(model: Model, ...names: readonly string[]): Model {
  return names.reduce((m, name) => answerAll(press(m, name)), model);
}

const ms = 1e6;
const steps = 90;
const wave = (height: number, phase: number): number[] =>
  Array.from({ length: steps }, (_, i) => Math.round(height * (1 + Math.sin(i / 9 + phase)) * 50) / 100);

function service(
  name: string,
  perSecond: number,
  errorRate: number,
  p95: number,
  more: Partial<ServiceRow> = {},
): ServiceRow {
  const calls = Math.round(perSecond * 900);
  const trend = wave((calls / steps) * 2, name.length);
  return {
    service: name,
    calls,
    errors: Math.round(calls * errorRate),
    perSecond,
    errorRate,
    p50: p95 * 0.4 * ms,
    p95: p95 * ms,
    p99: p95 * 1.7 * ms,
    max: p95 * 2.3 * ms,
    before: { perSecond: perSecond * 0.9, errorRate: 0.001, p95: p95 * 0.95 * ms },
    trend: { calls: trend, errors: trend.map((c, i) => (errorRate > 0.01 && i > 70 ? c * errorRate * 4 : 0)) },
    lastMs: now - 2000,
    ...more,
  };
}

const services: readonly ServiceRow[] = [
  service('web', 124.3, 0.012, 210),
  service('checkout', 11.8, 0.084, 1240, { before: { perSecond: 12, errorRate: 0.002, p95: 180 * ms } }),
  service('cart', 38.1, 0, 24),
  service('payment', 11.2, 0.091, 340),
  service('inventory', 88, 0.0007, 95, { before: null }),
  service('おすすめ-recommendations', 6.5, 0, 48),
  service('mailer', 0.02, 0, 3100, { lastMs: now - 400_000 }),
];

const checkout: ServiceData = {
  service: 'checkout',
  stepMs: 10_000,
  perSecond: wave(24, 1),
  errorsPerSecond: wave(24, 1).map((v, i) => (i > 70 ? v * 0.3 : 0)),
  p50: wave(80 * ms, 2),
  p95: wave(180 * ms, 2).map((v, i) => (i > 70 ? v + 900 * ms : v)),
  operations: [
    { operation: 'POST /checkout', kind: 'Server', ...red(10.2, 0.09, 1240) },
    { operation: 'GET /checkout/{id}/状態', kind: 'Server', ...red(1.6, 0, 31) },
    { operation: 'POST', kind: 'Client', ...red(10.1, 0.09, 400) },
    { operation: 'SELECT reservations', kind: 'Client', ...red(40, 0, 12) },
  ],
};

function red(
  perSecond: number,
  errorRate: number,
  p95: number,
): Omit<ServiceRow, 'service' | 'before' | 'trend' | 'lastMs'> {
  const { calls, errors, p50, p99, max } = service('', perSecond, errorRate, p95);
  return { calls, errors, perSecond, errorRate, p50, p95: p95 * ms, p99, max };
}

const operations = ['GET /', 'POST /checkout', 'GET /products/{id}', 'POST /cart', 'GET /orders?page=2&sort=ascending'];

const traces: readonly TraceRow[] = Array.from({ length: 60 }, (_, i) => ({
  traceId: `${(i * 7919 + 4096).toString(16).padStart(8, '0')}${'4bf92f3577b34da6a3ce929d'}`,
  startMs: now - 3000 - i * 11_000,
  durationNs: (20 + ((i * 37) % 400) + (i % 5 === 1 ? 900 : 0)) * ms,
  service: i % 9 === 8 ? 'mobile-gateway-eu-central' : 'web',
  operation: operations[i % operations.length] ?? '',
  spans: 4 + ((i * 3) % 40),
  errors: i % 5 === 1 ? 3 : 0,
  services: 2 + (i % 4),
  statusMessage: i % 5 === 1 ? 'card processor refused: 502 Bad Gateway' : '',
}));

const errors: readonly ErrorGroup[] = [
  {
    service: 'payment',
    operation: 'POST /pay',
    message: 'card processor refused: 502 Bad Gateway',
    count: 57,
    lastMs: now - 4000,
    traceId: traces[1]?.traceId ?? '',
  },
  {
    service: 'checkout',
    operation: 'POST /checkout',
    message: '',
    count: 57,
    lastMs: now - 4000,
    traceId: traces[1]?.traceId ?? '',
  },
  {
    service: 'inventory',
    operation: 'SELECT stock',
    message: 'database is locked',
    count: 3,
    lastMs: now - 250_000,
    traceId: traces[6]?.traceId ?? '',
  },
];

const bodies = [
  'GET / 200 23ms',
  'payment failed: card processor refused: 502 Bad Gateway',
  'slow query: 263ms SELECT stock',
  'reserving stock for 2 items, café crème ☕ 東京',
  'evil \u001b[2J\u001b]0;title\u0007 line\nwith a second line',
];

const logs: readonly LogRow[] = Array.from({ length: 90 }, (_, i) => ({
  key: `log/${i}`,
  atMs: now - (90 - i) * 2500,
  severityNumber: [9, 17, 13, 5, 21][i % 5] ?? 9,
  severityText: '',
  service: ['web', 'payment', 'inventory', 'checkout', 'web'][i % 5] ?? 'web',
  body: bodies[i % 5] ?? '',
  traceId: i % 5 === 0 ? '' : (traces[i % traces.length]?.traceId ?? ''),
  spanId: i % 5 === 0 ? '' : '00f067aa0ba902b7',
  attributes: { 'http.route': '/checkout', 'thread.id': String(i) },
}));

function instance(
  name: string,
  host: string,
  version: string,
  firstMs: number,
  lastMs: number,
  errorShare: number,
): InstanceRow {
  const spans = 24_000;
  const replica = `${name}-7d9c5f-${host.slice(-1)}`;
  const spanErrors = Math.round(spans * errorShare);
  return {
    service: name,
    instance: replica,
    host,
    version,
    environment: 'production',
    spans,
    errors: spanErrors,
    perSecond: spans / ((lastMs - firstMs) / 1000),
    firstMs,
    lastMs,
  };
}

const hour = 3_600_000;
const instances: readonly InstanceRow[] = [
  instance('cart', 'node-1', '2.4.0', now - 20 * hour, now - 1000, 0),
  instance('checkout', 'node-1', '2.4.0', now - 20 * hour, now - 1000, 0.001),
  instance('checkout', 'node-2', '2.4.0', now - 20 * hour, now - 3000, 0.002),
  instance('payment', 'node-1', '1.8.2', now - 20 * hour, now - 310_000, 0.001),
  instance('payment', 'node-2', '1.9.0', now - 300_000, now - 1000, 0.09),
  instance('web', 'node-2', '2.4.0', now - 20 * hour, now - 1000, 0.01),
];

/** A checkout that fails after a slow look at the stock, as rows of the trace panel's statement. */
function traceRowsOf(): readonly Row[] {
  const random = seeded(11);
  for (;;) {
    const { spans } = shopRequest(now - 5000, random, { isBroken: true });
    if (!spans.some((s) => s.StatusCode === 'Error')) continue;
    return spans.map((s) => ({
      traceId: s.TraceId,
      spanId: s.SpanId,
      parentSpanId: s.ParentSpanId,
      service: s.ServiceName,
      operation: s.SpanName,
      kind: s.SpanKind,
      startNs: String(
        BigInt(Math.round((Date.parse(`${s.Timestamp.slice(0, 23).replace(' ', 'T')}Z`) - now) * 1e6)) +
          BigInt(now) * 1_000_000n,
      ),
      durationNs: s.Duration,
      status: s.StatusCode,
      statusMessage: s.StatusMessage,
      attributes: s.SpanAttributes,
      resource: s.ResourceAttributes,
      eventNames: s.StatusCode === 'Error' && s.SpanName === 'POST /pay' ? ['exception'] : [],
      eventTimes: [String(BigInt(now) * 1_000_000n - 4_800_000_000n)],
      eventAttributes: [
        {
          'exception.type': 'BadGateway',
          'exception.stacktrace': 'BadGateway: 502\n    at charge (pay.js:12)\n    at handle (server.js:80)',
        },
      ],
      linkTraces: [],
      linkSpans: [],
      dropped: 0,
      spansInAll: spans.length,
    }));
  }
}

const spanRows = traceRowsOf();
export const traceId = String(spanRows[0]?.['traceId']);

export const shop: PanelData = {
  totals: { spans: 1_284_310, logs: 90_412, newestMs: now - 1000 },
  services,
  service: checkout,
  traces: [
    {
      ...traces[0]!,
      traceId,
      startMs: now - 5000,
      operation: 'POST /checkout',
      errors: 5,
      statusMessage: 'card processor refused: 502 Bad Gateway',
    },
    ...traces.slice(1),
  ],
  errors,
  trace: tracePanel({ id: 'trace', traceId }).decode(spanRows),
  traceLogs: logs.slice(1, 5),
  logs,
  resources: resourcesOf(instances),
  alarm: noAlarm,
  anomalies: anomaliesAt(now),
  predictions: predictionsAt(now),
  series: seriesAt(now),
};

/** The same with its incident in the header. */
export const alarmed: PanelData = { ...shop, alarm: alarmOf(shop.anomalies) };

/** A store that nothing was ever sent to. */
export const nothingYet: PanelData = {
  totals: { spans: 0, logs: 0, newestMs: null },
  services: [],
  service: { ...checkout, operations: [] },
  traces: [],
  errors: [],
  trace: { traceId: 'ffff', originMs: 0, tree: null, path: null, leftOut: 0 },
  traceLogs: [],
  logs: [],
  resources: { deployments: [], instances: [] },
  alarm: noAlarm,
  anomalies: unkept,
  predictions: unpredicted,
  series: { ...seriesAt(now), points: [] },
};
