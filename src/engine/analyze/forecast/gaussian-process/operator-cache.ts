import type { Kernel, Seasons } from './kernel.ts';
import { buildOperator, type Operator } from './operator.ts';

/**
 * Operators by kernel, seasons, size and horizon: built when first asked for, the least recently used dropped. One cache
 * per process is enough; it is not shared between threads.
 */
export class OperatorCache {
  readonly #operators = new Map<string, Operator | null>();
  readonly #columns = new Map<string, Float64Array>();
  readonly #capacity: number;

  /** An operator of 672 points takes about 0.4 MB; a forecast of a seasonal series uses up to 20 of them. */
  constructor(capacity = 128) {
    this.#capacity = capacity;
  }

  /** Undefined when the kernel cannot be inverted at this size. */
  operator(kernel: Kernel, seasons: Seasons, n: number, horizon: number): Operator | undefined {
    const system = `${kernel.name}|${seasons.period}|${seasons.long}|${seasons.unit}|${n}`;
    const key = `${system}|${horizon}`;
    let found = this.#operators.get(key);
    if (found === undefined) {
      found = buildOperator(kernel, seasons, n, horizon, this.#columns.get(system)) ?? null;
      if (found !== null) keep(this.#columns, system, found.inverse.column, this.#capacity);
    }
    keep(this.#operators, key, found, this.#capacity);
    return found ?? undefined;
  }
}

/** Puts the key last, and drops the first ones above the capacity. */
function keep<T>(map: Map<string, T>, key: string, value: T, capacity: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= capacity) break;
    map.delete(oldest);
  }
}
