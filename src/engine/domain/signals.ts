/** The three OTLP signals that obs receives, by the names that OTLP/HTTP paths use (`/v1/traces` …). */
export const signals = ['traces', 'logs', 'metrics'] as const;
export type Signal = (typeof signals)[number];

/** A number for each signal; the shape of every counter that `obs status --json` prints. */
export type BySignal<T> = Readonly<Record<Signal, T>>;

export function bySignal<T>(make: (signal: Signal) => T): Record<Signal, T> {
  return { traces: make('traces'), logs: make('logs'), metrics: make('metrics') };
}
