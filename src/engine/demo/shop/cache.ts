import { metrics, SpanKind, trace } from '@opentelemetry/api';

/**
 * Values that are dear to work out, kept in memory for a while. There are no semantic conventions for caches yet, so
 * spans are what clients of caches make of themselves: one for each look, with `cache.hit`; metrics count both.
 */
export class Cache<Value> {
  readonly #name: string;
  #ttlMs: number;
  readonly #kept = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #tracer = trace.getTracer('shop.cache');
  readonly #requests;

  constructor(name: string, ttlMs: number) {
    this.#name = name;
    this.#ttlMs = ttlMs;
    const meter = metrics.getMeter('shop.cache');
    this.#requests = meter.createCounter('cache.requests', { unit: '{request}', description: 'Looks into the cache.' });
    meter
      .createObservableGauge('cache.items', { unit: '{item}', description: 'Values that the cache holds.' })
      .addCallback((result) => result.observe(this.#kept.size, { 'cache.name': name }));
  }

  /** How long values are kept from now on, and those that are there already; 0 keeps nothing. */
  keepFor(ttlMs: number): void {
    this.#ttlMs = ttlMs;
    this.#kept.clear();
  }

  async get(key: string, workOut: () => Promise<Value>): Promise<Value> {
    const found = this.#look(key);
    if (found !== undefined) return found.value;
    const value = await workOut();
    if (this.#ttlMs > 0) this.#kept.set(key, { value, until: performance.now() + this.#ttlMs });
    return value;
  }

  #look(key: string): { readonly value: Value } | undefined {
    const span = this.#tracer.startSpan(`cache get ${this.#name}`, {
      kind: SpanKind.INTERNAL,
      attributes: { 'cache.name': this.#name, 'cache.operation': 'get', 'cache.key': key },
    });
    const kept = this.#kept.get(key);
    const found = kept !== undefined && kept.until > performance.now() ? kept : undefined;
    span.setAttribute('cache.hit', found !== undefined);
    span.end();
    this.#requests.add(1, { 'cache.name': this.#name, 'cache.result': found === undefined ? 'miss' : 'hit' });
    return found;
  }
}
