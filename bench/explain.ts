/**
 * How long `explainTrace` takes for traces of 500, 5,000 and 50,000 spans in a real embedded store, through the query
 * endpoint: the middle of five runs after a first one. `npm run bench:explain`
 */
import { explainTrace } from '../src/engine/explain/explain-trace.ts';
import type { Span } from '../src/engine/explain/span.ts';
import { at, openExplainStore } from '../test/engine/explain/real-store.ts';
import { drawSpans } from '../test/support/trace-dsl.ts';

const runs = 5;
const hourMs = 3_600_000;

/** Nine calls below each of many requests of twelve services, one request after the other. */
function traceOf(count: number): Span[] {
  const [root] = drawSpans(`web: GET / server 0 +${count}`) as [Span];
  const id = (n: number): string => n.toString(16).padStart(16, '0');
  const below = Array.from({ length: count - 1 }, (_, n): Span => {
    const place = n % 10;
    return {
      ...root,
      spanId: id(n + 2),
      parentSpanId: place === 0 ? root.spanId : id(n + 2 - place),
      operation: `operation ${n % 40}`,
      service: `service-${Math.floor(n / 10) % 12}`,
      kind: place === 0 ? 'Server' : 'Client',
      startNs: (n - place) * 1e6 + place * 8e5,
      durationNs: place === 0 ? 9e6 : 7e5,
      attributes: {
        'http.request.method': 'GET',
        'url.full': `https://example.com/${n}`,
        'server.address': 'example.com',
      },
    };
  });
  return [root, ...below];
}

const store = await openExplainStore();
const start = Math.floor(Date.now() / hourMs) * hourMs - 2 * hourMs;
for (const count of [500, 5000, 50_000]) {
  const traceId = String(count).padStart(32, '0');
  await store.insertSpans(at(traceOf(count), start + count, traceId));
  await store.run(explainTrace(traceId));
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const from = performance.now();
    await store.run(explainTrace(traceId));
    times.push(performance.now() - from);
  }
  const middle = times.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
  console.log(`${count} spans: ${Math.round(middle)} ms`);
}
await store.close();
