import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { readTraces } from './read-traces.ts';
import { shapeOfTrace } from './shape.ts';

export interface ShapeTrace {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
}

const spansPerTrace = 10;

/** The newest traces of a shape in a range, the oldest of them first; of a sample where there are very many. */
export const tracesOfShape = Effect.fnUntraced(function* (
  { id, service }: { readonly id: string; readonly service: string },
  range: { readonly fromMs: number; readonly toMs: number },
  limit: number,
): Effect.fn.Return<readonly ShapeTrace[], QueryFailed | EngineUnavailable, QueryClient> {
  const { traces } = yield* readTraces(range.fromMs, range.toMs, spansPerTrace, { service });
  const found = traces.flatMap((trace): ShapeTrace[] => {
    const shape = shapeOfTrace(trace);
    if (shape?.id !== id) return [];
    return [{ traceId: trace.id, startMs: shape.startMs, durationMs: shape.durationMs, failed: shape.failed }];
  });
  return found.toSorted((a, b) => a.startMs - b.startMs).slice(-limit);
});
