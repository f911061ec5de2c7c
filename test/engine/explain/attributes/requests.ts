import type { TimeRange } from '../../../../src/engine/explain/question.ts';
import { defaultTraceId } from '../../../support/trace-dsl.ts';
import type { StoredSpan } from '../real-store.ts';

export const startMs = Date.UTC(2026, 0, 15, 10, 0, 0);

/** The hour of a case: cases in hours of their own do not see each other in one store. */
export const hour = (n: number): TimeRange => ({
  fromMs: startMs + n * 3_600_000,
  toMs: startMs + (n + 1) * 3_600_000,
});

export interface Request {
  readonly failed?: boolean;
  readonly durationMs?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly resource?: Readonly<Record<string, string>>;
  /** A service that it calls, and what that says of itself. */
  readonly callee?: { readonly service: string; readonly resource: Readonly<Record<string, string>> };
  /** How often it is tried, each with the same attributes. */
  readonly times?: number;
}

/** `web: GET /` by the request, spread over the time; a trace each. */
export function spansOf(requests: readonly Request[], range: TimeRange): StoredSpan[] {
  return requests.flatMap((request, n) => {
    const traceId = traceIdOf(range, n);
    const startUnixMs = range.fromMs + Math.floor(((range.toMs - range.fromMs - 1000) * n) / requests.length);
    const entry = (copy: number): StoredSpan => ({
      traceId,
      startUnixMs,
      spanId: (copy + 1).toString(16).padStart(16, '0'),
      parentSpanId: '',
      service: 'web',
      operation: 'GET /',
      kind: 'Server',
      startNs: copy * 1000,
      durationNs: (request.durationMs ?? 10) * 1e6,
      status: request.failed === true ? 'Error' : 'Unset',
      statusMessage: '',
      attributes: request.attributes ?? {},
      resource: { 'service.name': 'web', ...request.resource },
      events: [],
      links: [],
      dropped: 0,
    });
    const entries = Array.from({ length: request.times ?? 1 }, (_, copy) => entry(copy));
    const { callee } = request;
    if (callee === undefined) return entries;
    const call = { ...entry(1000), parentSpanId: entries[0]!.spanId, operation: 'work', attributes: {} };
    return [
      ...entries,
      { ...call, service: callee.service, resource: { 'service.name': callee.service, ...callee.resource } },
    ];
  });
}

export const traceIdOf = (range: TimeRange, n: number): string =>
  `${(range.fromMs / 3_600_000).toString(16)}${n.toString(16).padStart(8, '0')}${defaultTraceId}`.slice(0, 32);
