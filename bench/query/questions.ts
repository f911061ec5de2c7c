import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../src/engine/domain/errors.ts';
import { loadTrace } from '../../src/engine/explain/load/load-trace.ts';
import { searchTraces } from '../../src/engine/search/trace-search.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import type { Random } from '../../test/support/random.ts';

export type Asking = Effect.Effect<number, QueryFailed | EngineUnavailable, QueryClient>;

/** One kind of question, asked many times with values of its own; each answer is the number of traces or spans found. */
export interface Question {
  readonly name: string;
  readonly bar: string;
  readonly asks: readonly Asking[];
}

const tracesShown = 20;

/** The product's own ways to data: `obs explain`'s load and `obs traces`, with values taken from the store itself. */
export const makeQuestions = Effect.fnUntraced(function* (
  random: Random,
  times: number,
  range: { readonly sinceUnixMs: number; readonly untilUnixMs: number },
): Effect.fn.Return<readonly Question[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const ids: string[] = [];
  for (let i = 0; i < times; i++) {
    const [found] = yield* client.rows<{ TraceId: string }>(
      'SELECT TraceId FROM otel_traces_trace_id_ts WHERE startsWith(TraceId, {prefix:String}) LIMIT 1',
      { parameters: { prefix: random.hex(4) } },
    );
    if (found !== undefined) ids.push(found.TraceId);
  }
  const pairs = yield* client.rows<{ service: string; operation: string }>(
    'SELECT DISTINCT ServiceName AS service, SpanName AS operation FROM obs_red_1m ORDER BY service, operation',
  );
  const traces = yield* Effect.forEach(ids, (id) => loadTrace(id));
  const valuesOf = (key: string): readonly string[] =>
    traces.flatMap((trace) => trace?.spans.find((span) => key in span.attributes)?.attributes[key] ?? []);
  const search = (filter: { service?: string; operation?: string; attributes?: readonly [string, string][] }): Asking =>
    searchTraces({ attributes: [], errors: false, ...filter }, range, 'newest', tracesShown).pipe(
      Effect.map((found) => found.length),
    );
  const byAttribute = (key: string, what: string): Question => ({
    name: `attribute search: ${key} (${what})`,
    bar: '300 ms',
    asks: valuesOf(key).map((value) => search({ attributes: [[key, value]] })),
  });
  return [
    {
      name: 'trace by id',
      bar: '10 ms',
      asks: ids.map((id) => loadTrace(id).pipe(Effect.map((trace) => trace?.spans.length ?? 0))),
    },
    {
      name: 'service and operation',
      bar: '15 ms',
      asks: Array.from({ length: times }, () => search(random.pick(pairs))),
    },
    byAttribute('session.id', 'in one trace'),
    byAttribute('app.order.id', 'in one trace'),
    byAttribute('enduser.id', 'one of 50,000'),
    byAttribute('app.tenant.id', 'one of 2,000'),
    byAttribute('http.response.status_code', 'one of 3'),
    {
      name: 'attribute search: a value that is nowhere',
      bar: '300 ms',
      asks: Array.from({ length: times }, () => search({ attributes: [['session.id', random.hex(16)]] })),
    },
  ];
});
