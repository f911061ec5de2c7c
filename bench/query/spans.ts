/**
 * Spans as a shop's services send them, as SQL over `number`: by column, for `writeSegmentFile`. Traces of ten spans
 * in a tree four deep; 100 kinds of trace, the commonest a tenth of all and the rarest half a percent, together 1,000
 * operations of 20 services. 15 attributes a span: HTTP for the even spans, a database call for the odd ones.
 * Ids are random 128 and 64 bits. What belongs to a request (user, session, client) is the same in all of its spans when
 * `shared`, else drawn for each span, which no tracer does: the worst case. docs/performance.md has the distribution.
 */
export interface SpanOptions {
  /** Unix milliseconds of the first trace. */
  readonly startUnixMs: number;
  /** From one trace's start to the next, nanoseconds. */
  readonly traceEveryNs: number;
  /** Number of the first span. */
  readonly first: number;
  readonly shared: boolean;
  /** How many services they are of: 20 where not said. */
  readonly services?: number;
}

const usualServices = 20;
export const operationsPerService = 50;
export const spansPerTrace = 10;

const hash = (what: string, salt: number): string => `sipHash64(${what}, ${salt})`;
const hex = (what: string, digits = 16): string => `lower(leftPad(hex(${what}), ${digits}, '0'))`;
const pick = (index: string, words: readonly string[]): string =>
  `arrayElement([${words.map((word) => `'${word}'`).join(', ')}], toUInt8(1 + ${index} % ${words.length}))`;

/** The 16 hex digits of span `j` (SQL) of trace `t`: hashes are the random bits. */
const spanId = (j: string): string => hex(hash(`t * 16 + ${j}`, 3));

export function traceIdSql(trace: string): string {
  return `${hex(hash(trace, 1))} || ${hex(hash(trace, 2))}`;
}

/** Values by column, which may use the names in `withSql`. */
export function spanColumns({
  startUnixMs,
  traceEveryNs,
  first,
  shared,
  services = usualServices,
}: SpanOptions): Readonly<Record<string, string>> {
  const t = `(intDiv(number + ${first}, ${spansPerTrace}))`;
  const j = `((number + ${first}) % ${spansPerTrace})`;
  const n = `(number + ${first})`;
  const owner = shared ? t : n;
  const random = (salt: number): string => hash(n, salt);
  const ofOwner = (salt: number): string => hash(owner, salt);
  // The square of an even draw: kinds of trace from common to rare.
  const kind = `toUInt32(100 * pow(${hash(t, 10)} / 18446744073709551616., 2))`;
  const pair = `(${kind} * 10 + ${j})`;
  const service = `(${pair} % ${services})`;
  const operation = `intDiv(${pair}, ${services})`;
  const isDatabase = `(${j} % 2 = 1)`;
  const at = (text: string): string => text.replaceAll(/\bt\b/g, t);
  const more = `intDiv(${service}, ${usualServices})`;
  const serviceName = `concat('shop-', ${pick(`(${service} % ${usualServices})`, serviceWords)}, ${services > usualServices ? `if(${more} = 0, '', concat('-', toString(${more})))` : "''"})`;
  const failed = `(${random(20)} % 50 = 0)`;
  const traceStart = `${startUnixMs} * 1000000 + toInt64(${t}) * ${traceEveryNs} + toInt64(${hash(t, 11)} % ${Math.max(1, traceEveryNs)})`;
  // Heavy-tailed, around 2 ms, with the nanoseconds that clocks give.
  const duration = `toUInt64(exp(11 + ${operation} % 7 * 0.7 + 3.5 * ((${random(21)} + ${random(22)} / 2.) / 27670116110564327424.)))`;
  const http = `map('http.request.method', ${pick(operation, ['GET', 'POST', 'PUT'])}, 'http.route', '/api/' || ${pick(operation, nouns)} || '/{id}',
    'url.path', '/api/' || ${pick(operation, nouns)} || '/' || toString(${random(30)} % 10000), 'url.query', 'currency=EUR&page=' || toString(${random(31)} % 50),
    'http.response.status_code', if(${failed}, '500', if(${random(32)} % 25 = 0, '404', '200')), 'server.address', ${serviceName} || '.example.com', 'server.port', '8443',
    'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || toString(90 + ${ofOwner(33)} % 40) || '.0.' || toString(${ofOwner(34)} % 10) || '.0 Safari/537.36',
    'client.address', '10.' || toString(${ofOwner(35)} % 256) || '.' || toString(${ofOwner(36)} % 256) || '.' || toString(${ofOwner(37)} % 256), 'network.protocol.version', '1.1',
    'enduser.id', 'user-' || toString(${ofOwner(38)} % 50000), 'session.id', ${hex(ofOwner(39))}, 'app.cart.total', toString((${random(40)} % 50000) / 100),
    'app.cache.hit', if(${random(41)} % 2 = 0, 'true', 'false'), 'thread.name', 'http-worker-' || toString(${random(42)} % 16))`;
  const database = `map('db.system.name', 'postgresql', 'db.namespace', ${pick(service, serviceWords)}, 'db.collection.name', ${pick(operation, nouns)},
    'db.operation.name', ${pick(operation, ['SELECT', 'INSERT', 'UPDATE'])},
    'db.query.text', ${pick(operation, ['SELECT', 'INSERT', 'UPDATE'])} || ' ' || ${pick(operation, nouns)} || ' WHERE id = ? AND tenant = ? ORDER BY created_at LIMIT ?',
    'db.response.returned_rows', toString(${random(30)} % 200), 'db.client.connection.pool.name', ${pick(service, serviceWords)} || '-pool', 'server.address', 'pg-' || toString(${random(31)} % 8) || '.example.com',
    'server.port', '5432', 'network.peer.address', '10.8.' || toString(${random(32)} % 4) || '.' || toString(${random(33)} % 256), 'network.peer.port', toString(32768 + ${random(34)} % 28000),
    'app.tenant.id', 'tenant-' || toString(${ofOwner(43)} % 2000), 'enduser.id', 'user-' || toString(${ofOwner(38)} % 50000), 'app.order.id', toString(${ofOwner(44)} % 1000000000), 'thread.name', 'pool-' || toString(${random(42)} % 16))`;
  return {
    Timestamp: `fromUnixTimestamp64Nano(${traceStart} + toInt64(${j}) * 900000 + toInt64(${random(12)} % 800000))`,
    TraceId: traceIdSql(t),
    SpanId: at(spanId(j)),
    ParentSpanId: `if(${j} = 0, '', ${at(spanId(`intDiv(${j} - 1, 2)`))})`,
    SpanName: `if(${isDatabase}, ${pick(operation, ['SELECT', 'INSERT', 'UPDATE'])} || ' ' || ${pick(operation, nouns)}, ${pick(operation, ['GET', 'POST', 'PUT'])} || ' /api/' || ${pick(operation, nouns)} || '/{id}') || '/' || toString(${operation})`,
    SpanKind: `if(${isDatabase}, 'Client', 'Server')`,
    ServiceName: serviceName,
    ResourceAttributes: `map('service.name', ${serviceName}, 'service.version', '1.14.' || toString(${service} % 5), 'deployment.environment.name', 'production', 'host.name', 'node-' || toString((${service} + ${hash(t, 13)}) % 4) || '.example.com', 'telemetry.sdk.language', 'nodejs')`,
    ScopeName: "'@shop/instrumentation-http'",
    ScopeVersion: "'0.58.1'",
    SpanAttributes: `if(${isDatabase}, ${database}, ${http})`,
    Duration: duration,
    StatusCode: `if(${failed}, 'Error', 'Unset')`,
    StatusMessage: `if(${failed}, 'upstream timed out', '')`,
    TraceFlags: '257',
  };
}

const serviceWords =
  'web cart checkout payment inventory shipping search recommendation pricing tax email review profile session catalog media fraud ledger returns loyalty'.split(
    ' ',
  );
const nouns = 'products orders carts users payments items stocks prices offers reviews'.split(' ');
