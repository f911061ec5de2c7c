import type { Comparator, Comparison, Expression } from './language/expression.ts';

/** Values in base units by comparison; null where there is none. */
export type Values = (comparison: Comparison) => number | null;

const holdsFor: Readonly<Record<Comparator, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
  '!=': (value, bound) => value !== bound,
};

export const opposite: Readonly<Record<Comparator, Comparator>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '==': '!=',
  '!=': '==',
};

/** Kleene's logic: null, unknown, matters only where it decides. */
export function holds(expression: Expression, values: Values): boolean | null {
  switch (expression.is) {
    case 'comparison': {
      const value = values(expression);
      return value === null ? null : holdsFor[expression.comparator](value, expression.bound.value);
    }
    case 'not': {
      const held = holds(expression.of, values);
      return held === null ? null : !held;
    }
    case 'and':
    case 'or':
      return joined(
        expression.is,
        expression.of.map((each) => holds(each, values)),
      );
  }
}

/** @returns of `and` false where one is, of `or` true; else null where one is; else the other. */
export function joined(how: 'and' | 'or', held: readonly (boolean | null)[]): boolean | null {
  const decides = how === 'or';
  if (held.includes(decides)) return decides;
  return held.includes(null) ? null : !decides;
}

/** A comparison that decided, and how it should have been. */
export interface Blamed {
  readonly comparison: Comparison;
  /** What was wanted of the value: the opposite of what is written below a `not`. */
  readonly wanted: Comparator;
}

/** Why an expression does not hold: the comparisons without which it would. Empty where it holds, or is not known. */
export function blamed(expression: Expression, values: Values, wanted = true): readonly Blamed[] {
  const held = holds(expression, values);
  if (held === null || held === wanted) return [];
  switch (expression.is) {
    case 'comparison':
      return [{ comparison: expression, wanted: wanted ? expression.comparator : opposite[expression.comparator] }];
    case 'not':
      return blamed(expression.of, values, !wanted);
    case 'and':
    case 'or':
      return expression.of.flatMap((each) => blamed(each, values, wanted));
  }
}

/** Whether a value is more than was wanted, so that what it is made of shows why. */
export const isTooMuch = (wanted: Comparator, value: number, bound: number): boolean =>
  wanted === '<' || wanted === '<=' || (wanted === '==' && value > bound);
