import type { Signal } from '../../domain/signals.ts';

export type GrpcMethod = { readonly kind: 'export'; readonly signal: Signal } | { readonly kind: 'health' };

const services: Readonly<Record<Signal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

const methods = new Map<string, GrpcMethod>([
  [`/${services.traces}/Export`, { kind: 'export', signal: 'traces' }],
  [`/${services.logs}/Export`, { kind: 'export', signal: 'logs' }],
  [`/${services.metrics}/Export`, { kind: 'export', signal: 'metrics' }],
  ['/grpc.health.v1.Health/Check', { kind: 'health' }],
]);

export function grpcMethodOf(path: string): GrpcMethod | undefined {
  return methods.get(path);
}

/** `''` asks for the server as a whole. */
const healthServices = new Set(['', ...Object.values(services)]);

/**
 * Answers grpc.health.v1.Health/Check: HealthCheckRequest { service = 1 }, HealthCheckResponse { status = 1 (SERVING = 1,
 * NOT_SERVING = 2) }. undefined for a service that is not here, which the protocol answers with NOT_FOUND.
 */
export function checkHealth(request: Buffer, serving: boolean): Buffer | undefined {
  const service = request.length === 0 ? '' : readService(request);
  if (service === undefined || !healthServices.has(service)) return undefined;
  return Buffer.from([0x08, serving ? 1 : 2]);
}

/** The one string field of the request; names of 128 bytes or more would need a longer length and are not ours. */
function readService(request: Buffer): string | undefined {
  const [tag, length] = request;
  return tag === 0x0a && length === request.length - 2 ? request.toString('utf8', 2) : undefined;
}
