import { Effect } from 'effect';
import { BadInput } from '../domain/errors.ts';
import type { QueryParameters } from '../store/query-client.ts';

/** SQL conditions that are joined with AND, and the values of their placeholders; values never enter the SQL text. */
export class Conditions {
  readonly #conditions: string[] = [];
  readonly #parameters: Record<string, QueryParameters[string]>;

  constructor(parameters: Record<string, QueryParameters[string]> = {}) {
    this.#parameters = parameters;
  }

  /** Other conditions of the same statement: none yet, their values among these. */
  fork(): Conditions {
    return new Conditions(this.#parameters);
  }

  /** @param condition SQL with `{}` in place of each value's placeholder */
  add(condition: string, type: string, ...values: readonly (string | number)[]): this {
    let text = condition;
    for (const value of values) {
      const name = `p${Object.keys(this.#parameters).length}`;
      this.#parameters[name] = value;
      text = text.replace('{}', `{${name}:${type}}`);
    }
    this.#conditions.push(text);
    return this;
  }

  /** Rows whose time lies in [since, until). */
  between(column: string, sinceUnixMs: number, untilUnixMs: number): this {
    return this.add(
      `${column} >= fromUnixTimestamp64Milli({}) AND ${column} < fromUnixTimestamp64Milli({})`,
      'Int64',
      Math.floor(sinceUnixMs),
      Math.ceil(untilUnixMs),
    );
  }

  get where(): string {
    return this.#conditions.length === 0 ? '1' : this.#conditions.map((condition) => `(${condition})`).join(' AND ');
  }

  get parameters(): QueryParameters {
    return this.#parameters;
  }
}

/** Reads `key=value` as people type attribute filters. */
export const parseAttributes = Effect.fnUntraced(function* (
  pairs: readonly string[],
): Effect.fn.Return<readonly (readonly [key: string, value: string])[], BadInput> {
  const attributes: [string, string][] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) {
      return yield* new BadInput({
        what: `Cannot use --attr ${pair}`,
        why: 'it is not of the form key=value',
        hint: '--attr http.response.status_code=500',
      });
    }
    attributes.push([pair.slice(0, at), pair.slice(at + 1)]);
  }
  return attributes;
});
