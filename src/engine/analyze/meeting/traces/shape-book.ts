import { limits } from '../../../domain/limits.ts';
import { idOf } from '../../patterns/template-text.ts';
import type { PatternMinute, StoredPattern } from '../stored-pattern.ts';
import type { TraceSpans } from './read-traces.ts';
import { shapeOfTrace, type TraceShape } from './shape.ts';

/** What is known of a shape; plain JSON. */
export interface KnownShape {
  readonly service: string;
  readonly operation: string;
  readonly text: string;
  readonly firstMs: number;
  lastMs: number;
  readonly example: string;
  writtenMs: number;
}

/** Plain JSON; the shape not seen for longest first. */
export type ShapeBookState = readonly (readonly [id: string, known: KnownShape])[];

export interface ShapeMinute {
  readonly patterns: readonly StoredPattern[];
  readonly counts: readonly PatternMinute[];
  readonly fresh: readonly StoredPattern[];
  /** Traces that begin elsewhere: without a first operation. */
  readonly rootless: number;
}

export interface ShapeBook {
  readonly mine: (traces: readonly TraceSpans[], oneIn: number, minuteMs: number) => ShapeMinute;
  readonly state: () => ShapeBookState;
}

interface Tally {
  readonly durations: number[];
  errors: number;
}

/** The shapes of traces, minute by minute. */
export function createShapeBook(from: ShapeBookState): ShapeBook {
  const book = new Map<string, KnownShape>(from.map(([id, known]) => [id, { ...known }]));
  const perRoot = new Map<string, number>();
  for (const known of book.values()) countRoot(known, 1);

  function countRoot({ service, operation }: Pick<KnownShape, 'service' | 'operation'>, by: number): number {
    const root = `${service}\u0000${operation}`;
    const count = (perRoot.get(root) ?? 0) + by;
    perRoot.set(root, count);
    return count;
  }

  const mine = (traces: readonly TraceSpans[], oneIn: number, minuteMs: number): ShapeMinute => {
    const tallies = new Map<string, Tally>();
    const fresh: string[] = [];
    let rootless = 0;
    for (const trace of traces) {
      const shape = shapeOfTrace(trace);
      if (shape === null) {
        rootless++;
        continue;
      }
      const id = enter(shape, trace.id, fresh);
      let tally = tallies.get(id);
      if (tally === undefined) tallies.set(id, (tally = { durations: [], errors: 0 }));
      tally.durations.push(shape.durationMs);
      if (shape.failed) tally.errors++;
    }
    const rows: StoredPattern[] = [];
    for (const id of tallies.keys()) {
      const known = book.get(id) as KnownShape;
      if (known.writtenMs > 0 && known.lastMs < known.writtenMs + limits.patterns.rewriteMs) continue;
      known.writtenMs = known.lastMs;
      rows.push(patternOf(id));
    }
    const counts = [...tallies].map(([id, tally]) => minuteOf(id, tally, oneIn, minuteMs));
    const news = fresh.map((id) => patternOf(id));
    forgetOldest();
    return { patterns: rows, counts, fresh: news, rootless };
  };

  /** The id that the trace counts for: its shape's, or that of all further shapes of its first operation. */
  const enter = (shape: TraceShape, traceId: string, fresh: string[]): string => {
    let { id } = shape;
    let text: string | undefined;
    if (!book.has(id) && countRoot(shape, 0) >= limits.patterns.shapesPerRoot) {
      text = `${shape.service} ${shape.operation} → …`;
      id = idOf(text);
    }
    const known = book.get(id);
    if (known === undefined) {
      const { service, operation, startMs } = shape;
      text ??= shape.text();
      book.set(id, { service, operation, text, firstMs: startMs, lastMs: startMs, example: traceId, writtenMs: 0 });
      countRoot(shape, 1);
      fresh.push(id);
      return id;
    }
    known.lastMs = Math.max(known.lastMs, shape.startMs);
    book.delete(id);
    book.set(id, known);
    return id;
  };

  const forgetOldest = (): void => {
    for (const [id, known] of book) {
      if (book.size <= limits.patterns.shapes) break;
      book.delete(id);
      countRoot(known, -1);
    }
  };

  const patternOf = (id: string): StoredPattern => {
    const { service, text, firstMs, lastMs, example } = book.get(id) as KnownShape;
    return { id, signal: 'traces', service, text, severity: '', firstMs, lastMs, example, mergedInto: '' };
  };

  const minuteOf = (id: string, { durations, errors }: Tally, oneIn: number, timeMs: number): PatternMinute => {
    const sorted = Float64Array.from(durations).toSorted();
    const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
    return {
      timeMs,
      signal: 'traces',
      service: (book.get(id) as KnownShape).service,
      id,
      unusual: '',
      count: durations.length * oneIn,
      errors: errors * oneIn,
      durationP50: quantile(0.5),
      durationP99: quantile(0.99),
    };
  };

  return { mine, state: () => [...book] };
}
