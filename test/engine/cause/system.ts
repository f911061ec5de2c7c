import type { CauseInput, EntityKind, Link, MetricSeries } from '../../../src/engine/cause/input.ts';
import { seededRandom } from '../../support/random.ts';

/** What a fault does to one row of an entity. */
export interface Row {
  latency?: number;
  errors?: number;
  requests?: number;
  cpu?: number;
  memory?: number;
}

export interface Described {
  /** `caller → callee`. */
  readonly calls: readonly string[];
  /** `entity @ host`. */
  readonly runsOn?: readonly string[];
  /** Values of the rows from the fault on, by entity. */
  readonly fault: Readonly<Record<string, Row>>;
  readonly alarm?: { readonly entity: string; readonly kind: 'latency' | 'errors' };
  /** Five-minute rows before the fault in the recent stretch. */
  readonly rowsBefore?: number;
  /** Usual mean latency of an entity in seconds where it is not .1. */
  readonly latency?: Readonly<Record<string, number>>;
}

const minutes5 = 300_000;
const start = Date.UTC(2026, 0, 31, 12);
const historyRows = 100;
const rowsAfter = 3;

export const alarmAt = start + 10 * minutes5;

/** A system whose entities take 100 requests a row, 100 ms each, give or take 3 %, until the fault. */
export function system({ calls, runsOn = [], fault, alarm, rowsBefore = 2, latency = {} }: Described): CauseInput {
  const links = calls.map((call) => call.split(' → ') as [string, string]);
  const places = runsOn.map((place) => place.split(' @ ') as [string, string]);
  const names = [...new Set([...links.flat(), ...places.flat(), ...Object.keys(fault)])];
  const hosts = new Set(places.map(([, host]) => host));
  const at = (name: string): number => names.indexOf(name);
  const random = seededRandom(1);
  const series = names.flatMap((name, entity): MetricSeries[] => {
    if (hosts.has(name) && fault[name] === undefined) return [];
    const usual = { latency: latency[name] ?? 0.1, errors: 0, requests: 100, cpu: 20, memory: 500 };
    const kinds = ['latency', 'errors', 'requests', 'cpu', 'memory'] as const;
    return kinds.flatMap((kind): MetricSeries[] => {
      const faulty = fault[name]?.[kind];
      if ((kind === 'cpu' || kind === 'memory') && faulty === undefined) return [];
      const normal = (): number => usual[kind] * (kind === 'requests' ? 1 : 1 + 0.06 * (random.unit() - 0.5));
      return [
        {
          entity,
          kind,
          name: `${name}_${kind}`,
          measure: kind,
          ...(kind === 'errors' && { unit: 'share' as const }),
          history: Float64Array.from({ length: historyRows }, normal),
          recent: Float64Array.from({ length: rowsBefore + rowsAfter }, (_, row) =>
            row < rowsBefore ? normal() : (faulty ?? normal()),
          ),
        },
      ];
    });
  });
  const link = ([from, to]: [string, string]): Link => [at(from), at(to)];
  return {
    entities: names.map((name) => ({ name, kind: (hosts.has(name) ? 'host' : 'service') satisfies EntityKind })),
    calls: links.map(link),
    placements: places.map(link),
    metrics: {
      recentMs: Float64Array.from(
        { length: rowsBefore + rowsAfter },
        (_, row) => alarmAt + (row - rowsBefore) * minutes5,
      ),
      series,
    },
    ...(alarm && { alarm: { entity: at(alarm.entity), kind: alarm.kind } }),
    alarmAt,
  };
}
