import { type Signal, signals } from '../../domain/signals.ts';

const byPath = new Map<string, Signal>(signals.map((signal) => [`/v1/${signal}`, signal]));

/** The signal that is POSTed to a path, by OTLP/HTTP. */
export function signalOfPath(path: string): Signal | undefined {
  return byPath.get(path);
}

const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/^\/opentelemetry\.proto\.collector\./, 'That is an OTLP/gRPC method: use the gRPC port (4317 unless changed).'],
  [/^\/v1(development)?\/profiles/, 'Profiles are not stored by obs; traces, logs and metrics are.'],
  [/^\/api\/v[12]\/spans/, 'Zipkin spans are not taken; export OTLP to /v1/traces.'],
  [/^\/api\/traces/, 'Jaeger spans are not taken; export OTLP to /v1/traces.'],
  [/^\/(api\/v1\/write|loki\/)/, 'Only OTLP is taken: /v1/traces, /v1/logs, /v1/metrics.'],
];

/** What someone who POSTed to the wrong path probably wanted. */
export function hintForPath(path: string): string | undefined {
  for (const [pattern, hint] of elsewhere) if (pattern.test(path)) return hint;
  const text = path.toLowerCase();
  for (const signal of signals) {
    if (text.split(`/v1/${signal}`).length > 2) {
      return `Did you mean /v1/${signal}? The exporter adds that path itself: set the endpoint without it.`;
    }
  }
  const meant = signals.find((signal) => text.includes(signal.slice(0, -1)));
  if (meant !== undefined) return `Did you mean /v1/${meant}?`;
  return text.includes('span') ? 'Did you mean /v1/traces?' : undefined;
}
