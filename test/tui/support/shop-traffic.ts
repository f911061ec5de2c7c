/** Telemetry of a small shop as rows of `otel_traces` and `otel_logs`, the same for the same seed. */
export interface SpanInput {
  readonly Timestamp: string;
  readonly TraceId: string;
  readonly SpanId: string;
  readonly ParentSpanId: string;
  readonly SpanName: string;
  readonly SpanKind: string;
  readonly ServiceName: string;
  readonly ResourceAttributes: Readonly<Record<string, string>>;
  readonly SpanAttributes: Readonly<Record<string, string>>;
  readonly Duration: number;
  readonly StatusCode: string;
  readonly StatusMessage: string;
}

export interface LogInput {
  readonly Timestamp: string;
  readonly TraceId: string;
  readonly SpanId: string;
  readonly SeverityText: string;
  readonly SeverityNumber: number;
  readonly ServiceName: string;
  readonly Body: string;
  readonly LogAttributes: Readonly<Record<string, string>>;
}

export interface Batch {
  readonly spans: readonly SpanInput[];
  readonly logs: readonly LogInput[];
}

/** Small and good enough for test data (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const routes = ['GET /', 'GET /products/{id}', 'POST /cart', 'POST /checkout', 'GET /orders'] as const;

export interface TrafficOptions {
  /** Payment fails and inventory is slow, as after a bad deployment. */
  readonly isBroken: boolean;
  readonly paymentVersion?: string;
}

/** One request to the shop with everything that it sets off, started at `atMs`. */
export function shopRequest(atMs: number, random: () => number, options: TrafficOptions): Batch {
  const spans: SpanInput[] = [];
  const logs: LogInput[] = [];
  const traceId = hex(random, 32);
  const route = routes[Math.floor(random() * random() * routes.length)] ?? 'GET /';
  const isCheckout = route === 'POST /checkout';
  const fails = isCheckout && options.isBroken && random() < 0.4;
  const span = (
    service: string,
    name: string,
    kind: string,
    parent: string,
    startMs: number,
    tookMs: number,
    more: { readonly attributes?: Record<string, string>; readonly error?: string } = {},
  ): string => {
    const id = hex(random, 16);
    spans.push({
      Timestamp: time(startMs),
      TraceId: traceId,
      SpanId: id,
      ParentSpanId: parent,
      SpanName: name,
      SpanKind: kind,
      ServiceName: service,
      ResourceAttributes: resource(service, random, options),
      SpanAttributes: more.attributes ?? {},
      Duration: Math.round(tookMs * 1e6),
      StatusCode: more.error === undefined ? 'Unset' : 'Error',
      StatusMessage: more.error ?? '',
    });
    return id;
  };
  const log = (
    service: string,
    level: 'INFO' | 'WARN' | 'ERROR' | 'DEBUG',
    body: string,
    spanId: string,
    delayMs: number,
  ): void => {
    logs.push({
      Timestamp: time(atMs + delayMs),
      TraceId: traceId,
      SpanId: spanId,
      SeverityText: level,
      SeverityNumber: { DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17 }[level],
      ServiceName: service,
      Body: body,
      LogAttributes: { 'code.function.name': `${service}.handle`, 'http.route': route.split(' ')[1] ?? '' },
    });
  };
  const failure = 'card processor refused: 502 Bad Gateway';
  const dbMs = (options.isBroken && isCheckout ? 180 : 6) * (0.5 + random());
  const payMs = 40 * (0.5 + random());
  const total = isCheckout ? 30 + dbMs * 2 + payMs + 25 : 12 + dbMs + random() * 10;
  const error = fails ? { error: failure } : {};
  const root = span('web', route, 'Server', '', atMs, total, {
    attributes: {
      'http.request.method': route.split(' ')[0] ?? '',
      'http.route': route.split(' ')[1] ?? '',
      'http.response.status_code': fails ? '502' : '200',
    },
    ...error,
  });
  log('web', 'INFO', `${route} ${fails ? 502 : 200} ${total.toFixed(0)}ms`, root, total);
  if (isCheckout) {
    const call = span('web', 'POST', 'Client', root, atMs + 4, total - 8, error);
    const checkout = span('checkout', 'POST /checkout', 'Server', call, atMs + 6, total - 12, error);
    const stock = span('checkout', 'GET', 'Client', checkout, atMs + 10, dbMs * 2 + 8);
    const inventory = span('inventory', 'GET /stock', 'Server', stock, atMs + 12, dbMs * 2 + 4);
    for (const i of [0, 1]) {
      span('inventory', 'SELECT stock', 'Client', inventory, atMs + 13 + i * dbMs, dbMs * 0.97, {
        attributes: {
          'db.system.name': 'sqlite',
          'db.query.text': 'SELECT sku, count FROM stock WHERE sku = ? AND warehouse = ?',
        },
      });
    }
    const pay = span('checkout', 'POST', 'Client', checkout, atMs + 20 + dbMs * 2, payMs + 4, error);
    const payment = span('payment', 'POST /pay', 'Server', pay, atMs + 22 + dbMs * 2, payMs, error);
    log('checkout', 'DEBUG', 'reserving stock for 2 items, café crème ☕ 東京', checkout, 9);
    if (fails) log('payment', 'ERROR', `payment failed: ${failure}`, payment, 22 + dbMs * 2 + payMs);
    if (dbMs > 150) log('inventory', 'WARN', `slow query: ${dbMs.toFixed(0)}ms SELECT stock`, inventory, 13 + dbMs);
  } else {
    const call = span('web', 'GET', 'Client', root, atMs + 3, total - 6);
    const target = route === 'POST /cart' ? 'cart' : 'inventory';
    const served = span(
      target,
      route === 'POST /cart' ? 'POST /items' : 'GET /products',
      'Server',
      call,
      atMs + 5,
      total - 9,
    );
    span(target, route === 'POST /cart' ? 'INSERT items' : 'SELECT products', 'Client', served, atMs + 6, dbMs, {
      attributes: { 'db.system.name': 'sqlite' },
    });
  }
  return { spans, logs };
}

function resource(service: string, random: () => number, options: TrafficOptions): Record<string, string> {
  const replica = random() < 0.5 ? 'a' : 'b';
  return {
    'service.name': service,
    'service.version': service === 'payment' ? (options.paymentVersion ?? '1.8.2') : '2.4.0',
    'service.instance.id': `${service}-${replica}`,
    'host.name': replica === 'a' ? 'node-1' : 'node-2',
    'deployment.environment.name': 'production',
  };
}

/** As ClickHouse reads a DateTime64(9), in UTC. */
function time(atMs: number): string {
  const nanos = BigInt(Math.round(atMs * 1e6));
  const iso = new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${iso}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
}

function hex(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}
