import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../src/engine/domain/errors.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import { answersOf, ask, noMemory, type Memory } from '../../src/tui/bridge.ts';
import type { QueryOfLists } from '../../src/engine/search/found-traces.ts';
import { panelFor } from '../../src/tui/panels/panels.ts';
import type { PanelRequest } from '../../src/tui/state/data.ts';

/** What `obs watch` asks for on its pages, over its usual range. */
export function panelRequests(service: string, rangeMs: number): readonly PanelRequest[] {
  const services: readonly string[] = [];
  return [
    { id: 'totals' },
    { id: 'services', rangeMs, services },
    { id: 'service', rangeMs, service },
    { id: 'traces', rangeMs, services, operation: null, sort: 'recent' },
    { id: 'traces', rangeMs, services, operation: null, sort: 'slowest' },
    { id: 'traces', rangeMs, services, operation: null, sort: 'errors' },
    { id: 'errors', rangeMs, services },
    { id: 'logs', rangeMs, services, minSeverity: 'info', search: '' },
    { id: 'resources', rangeMs, services },
  ];
}

export function nameOf(request: PanelRequest): string {
  return request.id === 'traces' ? `traces, ${request.sort}` : request.id;
}

/** One poll of a panel, as the screen's feed does it: what is past is remembered from poll to poll. */
export const poll = (request: PanelRequest, memory: Memory): Effect.Effect<void, unknown, QueryClient> =>
  Effect.asVoid(ask(request, memory));

export interface Estimate {
  readonly spansRead: number;
  readonly rollupRowsRead: number;
}

/** A panel's statements, those that follow from the answers of others among them. */
const statementsOf = Effect.fnUntraced(function* (request: PanelRequest) {
  const asked: QueryOfLists[] = [];
  const client = yield* QueryClient;
  const rows: typeof client.rows = (sql, options) => {
    asked.push({ sql, parameters: options?.parameters ?? {} });
    return client.rows(sql, options);
  };
  yield* answersOf({ ...client, rows }, panelFor(request, Date.now()), noMemory());
  return asked;
});

/** Rows that the statements of a panel read, by ClickHouse's estimate from the index, which leaves out `IN (SELECT …)`. */
export const estimate = Effect.fnUntraced(function* (
  request: PanelRequest,
): Effect.fn.Return<Estimate, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  let [spansRead, rollupRowsRead] = [0, 0];
  for (const { sql, parameters } of yield* statementsOf(request)) {
    const tables = yield* client.rows<{ table: string; rows: string }>(`EXPLAIN ESTIMATE ${sql}`, { parameters });
    for (const { table, rows } of tables) {
      if (table === 'otel_traces') spansRead += Number(rows);
      else rollupRowsRead += Number(rows);
    }
  }
  return { spansRead, rollupRowsRead };
});
