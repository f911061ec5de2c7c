import { randomFrom } from '../../../../../src/engine/analyze/autoencoder/random.ts';
import type { FeatureMark, FeatureRow } from '../../../../../src/engine/domain/feature-row.ts';

export const stepMs = 10_000;

/** How the made-up service's windows differ from what is usual for it. */
export interface Oddity {
  /** Windows from … to before … */
  readonly from: number;
  readonly to: number;
  /** `backwards`: latency and errors as at another traffic, each value one of everyday. `slow`: all latencies five times. */
  readonly what: 'backwards' | 'slow';
}

export interface Shop {
  readonly service: string;
  readonly seed: number;
  readonly windows: number;
  readonly startMs: number;
  readonly oddities?: readonly Oddity[];
  readonly marks?: Readonly<Record<number, readonly FeatureMark[]>>;
}

const operations = ['Server GET /cart', 'Server POST /pay'];

/**
 * Windows of 10 s of one service and its two operations: traffic rises and falls every two hours, latency follows it as
 * in a queue, errors and error log lines follow calls, CPU follows traffic.
 */
export function shopRows({ service, seed, windows, startMs, oddities = [], marks = {} }: Shop): readonly FeatureRow[] {
  const random = randomFrom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const about = (value: number, spread: number): number => value * Math.exp(spread * normal());
  let burst = 0;
  return Array.from({ length: windows }, (_, window): readonly FeatureRow[] => {
    burst = 0.95 * burst + 0.02 * normal();
    const traffic = Math.min(1, Math.max(0.05, 0.5 - 0.4 * Math.cos((2 * Math.PI * window) / 720) + burst));
    const odd = oddities.find(({ from, to }) => window >= from && window < to)?.what;
    const load = odd === 'backwards' ? 1.05 - traffic : traffic;
    const slower = odd === 'slow' ? 5 : 1;
    const row = (kind: 'service' | 'operation', subject: string, values: Record<string, number>): FeatureRow => ({
      timeMs: startMs + window * stepMs,
      seconds: 10,
      kind,
      service,
      subject,
      values,
      marks: kind === 'service' ? (marks[window] ?? []) : [],
    });
    const served = (share: number): Record<string, number> => {
      const calls = Math.round(about(1000 * traffic * share, 0.05));
      const p50 = about(slower * (8 / (1 - 0.85 * load)), 0.05);
      const errors = Math.round(about(0.1 * 1000 * load * share, 0.1));
      return { calls, errors, p50_ms: p50, p95_ms: about(2 * p50, 0.08), p99_ms: about(3 * p50, 0.12) };
    };
    const all = served(1);
    return [
      row('service', '', {
        ...all,
        logs_error: about(all['errors']!, 0.1),
        logs: about(3 * all['calls']!, 0.05),
        cpu: Math.min(1, about(0.08 + 0.75 * traffic, 0.04)),
        memory_bytes: about(4e8, 0.02),
      }),
      ...operations.map((operation, index) => row('operation', operation, served(index === 0 ? 0.7 : 0.3))),
    ];
  }).flat();
}

/** Rows by window, in the order of time. */
export function byWindow(rows: readonly FeatureRow[]): readonly (readonly FeatureRow[])[] {
  const found = new Map<number, FeatureRow[]>();
  for (const row of rows) {
    const known = found.get(row.timeMs);
    if (known === undefined) found.set(row.timeMs, [row]);
    else known.push(row);
  }
  return [...found.values()];
}
