import type { Signal } from '../../src/engine/domain/signals.ts';
import { attributesOf, type Minute, type Row, serviceOf } from './to-otlp.ts';

/** One OTLP/JSON request and where it goes. */
export interface OtlpRequest {
  readonly signal: Signal;
  readonly records: number;
  readonly body: object;
}

const recordsPerRequest = 500;
const scope = { name: 'nezha.trainticket' };

/** A minute, moved in time, as OTLP requests of at most 500 records, resources grouped by pod. */
export function* requestsOf(minute: Minute, shiftNs: bigint): Generator<OtlpRequest> {
  for (const batch of batchesOf(minute.spans)) {
    const resourceSpans = byPod(batch, shiftNs, (spans) => ({ scopeSpans: [{ scope, spans }] }));
    yield { signal: 'traces', records: batch.length, body: { resourceSpans } };
  }
  for (const batch of batchesOf(minute.logs)) {
    const resourceLogs = byPod(batch, shiftNs, (logRecords) => ({ scopeLogs: [{ scope, logRecords }] }));
    yield { signal: 'logs', records: batch.length, body: { resourceLogs } };
  }
  for (const batch of batchesOf(minute.points)) {
    const resourceMetrics = byPod(batch, shiftNs, (metrics) => ({ scopeMetrics: [{ scope, metrics }] }));
    yield { signal: 'metrics', records: batch.length, body: { resourceMetrics } };
  }
}

function* batchesOf(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += recordsPerRequest) yield rows.slice(from, from + recordsPerRequest);
}

function byPod(rows: readonly Row[], shiftNs: bigint, wrap: (records: readonly object[]) => object): readonly object[] {
  return [...Map.groupBy(rows, ({ pod }) => pod)].map(([pod, own]) => ({
    resource: {
      attributes: attributesOf({
        'service.name': serviceOf(pod),
        'service.instance.id': pod,
        'k8s.pod.name': pod,
        'k8s.node.name': own[0]?.node ?? '',
        'deployment.environment.name': 'trainticket',
      }),
    },
    ...wrap(own.map(({ build }) => build(shiftNs))),
  }));
}
