/** What explain knows of one span. Times are whole nanoseconds from the trace's earliest start, so they stay exact. */
export interface Span {
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  readonly startNs: number;
  /** 0 where the sender gave no end, or one before the start. */
  readonly durationNs: number;
  readonly status: string;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** Attributes, events and links that the sender or a limit dropped. */
  readonly dropped: number;
}

export interface SpanEvent {
  readonly atNs: number;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

export interface TraceLog {
  readonly atNs: number;
  readonly spanId: string;
  readonly service: string;
  readonly severity: string;
  readonly severityNumber: number;
  readonly body: string;
  readonly exceptionType: string;
  readonly exceptionMessage: string;
}

/**
 * No span is taken to last longer than a year: what claims to, comes from a clock that jumped, and times that far ahead
 * are beyond what the store can say.
 */
export const longestNs = 366 * 86_400 * 1e9;

/** The spans of one trace with the moment that their nanoseconds count from. */
export interface TraceData {
  readonly traceId: string;
  /** Unix nanoseconds of the earliest start. */
  readonly originNs: bigint;
  readonly spans: readonly Span[];
  readonly logs: readonly TraceLog[];
  /** The store holds more spans, or log records, than `limits.explain` lets in; the longest spans, the earliest records are here. */
  readonly isCut: boolean;
  /** Spans in the store; those here where nobody says. */
  readonly total?: number;
  readonly areLogsCut: boolean;
}

export const isError = (span: { readonly status: string }): boolean => span.status === 'Error';

/**
 * Which clock a span's times come from: one process, as far as its resource tells it apart.
 * Two spans of one process never differ by clock skew.
 */
export function processOf(span: Pick<Span, 'service' | 'resource'>): string {
  const { resource } = span;
  const instance =
    resource['service.instance.id'] ??
    resource['k8s.pod.name'] ??
    (resource['process.pid'] === undefined ? undefined : `${resource['host.name'] ?? ''}:${resource['process.pid']}`) ??
    resource['host.name'] ??
    '';
  return `${span.service}\u0000${instance}`;
}

/** The first of the attributes that is set; semantic conventions renamed many. */
export function attributeOf(span: Pick<Span, 'attributes'>, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = span.attributes[name];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

export const databaseSystemOf = (span: Pick<Span, 'attributes'>): string | undefined =>
  attributeOf(span, 'db.system.name', 'db.system');

/** Who a client span calls, as far as it says so: a database, a host, a queue. */
export function peerOf(span: Pick<Span, 'attributes'>): string | undefined {
  return (
    attributeOf(span, 'peer.service', 'service.peer.name', 'rpc.service', 'messaging.destination.name') ??
    databaseSystemOf(span) ??
    attributeOf(span, 'server.address', 'net.peer.name', 'network.peer.address', 'http.host')
  );
}
