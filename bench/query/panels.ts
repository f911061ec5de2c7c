import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../src/engine/domain/errors.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import { ask } from '../../src/tui/bridge.ts';
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

/** One poll of a panel, as the screen's feed does it. */
export const poll = (request: PanelRequest): Effect.Effect<void, unknown, QueryClient> => Effect.asVoid(ask(request));

export interface Estimate {
  readonly spansRead: number;
  readonly rollupRowsRead: number;
}

/** Rows that the statements of a panel read, by ClickHouse's estimate from the index, which leaves out `IN (SELECT …)`. */
export const estimate = Effect.fnUntraced(function* (
  request: PanelRequest,
): Effect.fn.Return<Estimate, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  let [spansRead, rollupRowsRead] = [0, 0];
  for (const { sql, parameters } of panelFor(request, Date.now()).statements) {
    const tables = yield* client.rows<{ table: string; rows: string }>(`EXPLAIN ESTIMATE ${sql}`, { parameters });
    for (const { table, rows } of tables) {
      if (table === 'otel_traces') spansRead += Number(rows);
      else rollupRowsRead += Number(rows);
    }
  }
  return { spansRead, rollupRowsRead };
});
