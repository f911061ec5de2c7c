import { Effect } from 'effect';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import { noMemory } from '../../src/tui/bridge.ts';
import { estimate, nameOf, panelRequests, poll, type Estimate } from './panels.ts';
import { figures, type Figures } from './measure.ts';

export interface PanelFigures extends Figures, Estimate {
  readonly name: string;
  readonly polls: number;
}

const beats = 15;
const everyMs = 1000;
const rangeMs = 15 * 60_000;

/**
 * Viewers with a connection of their own, each with another service in front; every second each asks for all panels,
 * as many at once as the screen does. Real ones ask for those on the page, and less often while nothing new comes in.
 */
export async function measureViewers(endpoint: string, viewers: number): Promise<readonly PanelFigures[]> {
  const ms = new Map<string, number[]>();
  const viewer = Effect.fnUntraced(function* (index: number) {
    const client = yield* QueryClient;
    const services = yield* client.rows<{ service: string }>(
      'SELECT DISTINCT ServiceName AS service FROM obs_red_1m ORDER BY service',
    );
    const requests = panelRequests(services[index % services.length]?.service ?? '', rangeMs);
    const memories = requests.map(noMemory);
    for (let beat = -1; beat < beats; beat++) {
      yield* Effect.sleep(everyMs - (Date.now() % everyMs) + index * (everyMs / viewers));
      for (const [at, request] of requests.entries()) {
        const start = performance.now();
        yield* poll(request, memories[at] ?? noMemory());
        if (beat >= 0) ms.set(nameOf(request), [...(ms.get(nameOf(request)) ?? []), performance.now() - start]);
      }
    }
  });
  await Promise.all(
    Array.from({ length: viewers }, (_, index) =>
      Effect.runPromise(viewer(index).pipe(Effect.provide(httpQueryClient({ endpoint })))),
    ),
  );
  const read = Effect.forEach(panelRequests('shop-web', rangeMs), (request) =>
    Effect.map(estimate(request), (rows) => ({ name: nameOf(request), ...rows })),
  );
  const estimates = await Effect.runPromise(read.pipe(Effect.provide(httpQueryClient({ endpoint }))));
  return estimates.map((rows) => ({
    ...rows,
    polls: ms.get(rows.name)?.length ?? 0,
    ...figures(ms.get(rows.name) ?? []),
  }));
}
