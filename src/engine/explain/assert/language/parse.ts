import { Effect } from 'effect';
import { editDistance } from '../../../domain/edit-distance.ts';
import type { BadInput } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { readBound } from './bound.ts';
import {
  comparators,
  foundSeverities,
  isMeasureName,
  logLevels,
  measureOf,
  measures,
  type Assertion,
  type Comparator,
  type Comparison,
  type Expression,
  type Filter,
  type MeasureName,
  type Place,
  type Term,
} from './expression.ts';
import { badInputOf, Mistake } from './mistake.ts';
import { selectorOf } from './selector.ts';
import { keywords, tokensOf, type Token } from './tokens.ts';

/** Reads one assertion; what is wrong with it is shown at its place. The grammar is in docs/assert.md. */
export const parseAssertion = (source: string): Effect.Effect<Assertion, BadInput> =>
  Effect.suspend(() => {
    try {
      const most = limits.assert.characters;
      if (source.length > most) throw new Mistake({ from: 0, to: 1 }, `it is longer than ${most} characters`);
      return Effect.succeed({ source, expression: new Reader(tokensOf(source)).whole() });
    } catch (error) {
      if (error instanceof Mistake) return Effect.fail(badInputOf(source, error));
      throw error;
    }
  });

/** Recursive descent: one method a rule of the grammar. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#either();
    if (this.#next.kind !== 'end') this.#unexpected('`and`, `or` or the end');
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    const token = this.#next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #takes(text: string): boolean {
    const { kind } = this.#next;
    const is = (kind === 'word' || kind === 'symbol') && this.#next.text === text;
    if (is) this.#at++;
    return is;
  }

  #unexpected(expected: string): never {
    const { kind, text, place } = this.#next;
    const lower = text.toLowerCase();
    if (kind === 'word' && keywords.has(lower) && lower !== text) {
      throw new Mistake(place, `\`${text}\` is written \`${lower}\` here`);
    }
    throw new Mistake({ from: place.from, to: Math.max(place.to, place.from + 1) }, `expected ${expected}`);
  }

  #either(): Expression {
    return this.#joined('or', () => this.#joined('and', () => this.#negated()));
  }

  #joined(word: 'and' | 'or', read: () => Expression): Expression {
    const of = [read()];
    while (this.#takes(word)) of.push(read());
    return of.length === 1 ? of[0]! : { is: word, of };
  }

  #negated(): Expression {
    const { place } = this.#next;
    if (++this.#depth > limits.assert.depth) throw new Mistake(place, 'this is nested too deeply');
    try {
      if (this.#takes('not')) return { is: 'not', of: this.#negated() };
      if (!this.#takes('(')) return this.#comparison();
      const expression = this.#either();
      if (!this.#takes(')')) this.#unexpected('`)`, `and` or `or`');
      return expression;
    } finally {
      this.#depth--;
    }
  }

  #comparison(): Comparison {
    const term = this.#term();
    const comparator = comparators.find((each) => this.#next.kind === 'symbol' && this.#next.text === each);
    if (comparator === undefined) this.#unexpected('`<`, `<=`, `>`, `>=`, `==` or `!=`');
    this.#at++;
    return this.#compared(term, comparator);
  }

  #compared(term: Term, comparator: Comparator): Comparison {
    const { unit } = measureOf(term.measure);
    if (this.#next.kind !== 'number') this.#unexpected('a number to compare with');
    const { text, place } = this.#take();
    const bound = readBound(text, unit);
    if ('problem' in bound) throw new Mistake(place, `${term.measure} is ${unitNames[unit]}: ${bound.problem}`);
    return { is: 'comparison', term, comparator, bound, place: { from: term.place.from, to: place.to } };
  }

  #term(): Term {
    const token = this.#next;
    if (token.kind === 'number') throw new Mistake(token.place, 'the number stands on the right of the comparison');
    if (token.kind !== 'word' || keywords.has(token.text)) this.#unexpected('a function such as p95(…) or errors(…)');
    const measure = token.text;
    if (!isMeasureName(measure)) throw new Mistake(token.place, unknownFunction(measure));
    this.#at++;
    if (!this.#takes('(')) this.#unexpected(`\`(\` behind ${measure}`);
    const open = this.#next.place.from;
    const selecting = this.#argument();
    const filtering = this.#takes(',') ? this.#argument() : undefined;
    if (this.#next.text === ',') this.#unexpected('`)`');
    const close = this.#next;
    if (!this.#takes(')')) this.#unexpected('`)`');
    const place: Place = { from: token.place.from, to: close.place.to };
    return {
      ...termOf(measure, selecting, filtering, { from: open, to: Math.max(open + 1, close.place.from) }),
      place,
    };
  }

  /** Tokens up to the comma or the closing parenthesis. */
  #argument(): readonly Token[] {
    const from = this.#at;
    while (this.#next.kind === 'text' || this.#next.kind === 'string') this.#at++;
    return this.#tokens.slice(from, this.#at);
  }
}

const unitNames = { duration: 'a duration', count: 'a count', share: 'a share', rate: 'a rate' } as const;

function termOf(
  measure: MeasureName,
  selecting: readonly Token[],
  filtering: readonly Token[] | undefined,
  place: Place,
): Omit<Term, 'place'> {
  const { of } = measureOf(measure);
  if (of === 'incidents') {
    if (filtering !== undefined) throw new Mistake(place, 'incidents are of all services', 'incidents() == 0');
    return { measure, selector: null, filter: selecting.length === 0 ? null : filterOf(measure, selecting, place) };
  }
  // Whether `--service` says what is meant is known where it is resolved.
  const selector = selecting.length === 0 ? null : selectorOf(selecting, placeOf(selecting, place));
  if (of !== 'calls' && selector?.by === 'operation') {
    throw new Mistake(selector.place, `${measure} is of a service, not of an operation`, `${measure}(cart) == 0`);
  }
  return { measure, selector, filter: filtering === undefined ? null : filterOf(measure, filtering, place) };
}

function filterOf(measure: MeasureName, tokens: readonly Token[], place: Place): Filter {
  const at = placeOf(tokens, place);
  const [token] = tokens;
  const match = tokens.length === 1 ? /^(\w+)\s*>=\s*(\w+)$/.exec(token!.text) : null;
  const [, key, least = ''] = match ?? [];
  const { of } = measureOf(measure);
  if (measure === 'logs') {
    if (key === 'level' && Object.hasOwn(logLevels, least)) {
      return { filter: 'level', least: least as keyof typeof logLevels };
    }
    throw new Mistake(at, `expected level>=, and one of ${Object.keys(logLevels).join(', ')}`);
  }
  if (of === 'anomalies' || of === 'incidents') {
    const severity = foundSeverities.find((each) => each === least);
    if (key === 'severity' && severity !== undefined) return { filter: 'severity', least: severity };
    throw new Mistake(at, `expected severity>=, and one of ${foundSeverities.join(', ')}`);
  }
  throw new Mistake(at, `${measure} takes one name; a name with a comma needs quotes`);
}

const placeOf = (tokens: readonly Token[], otherwise: Place): Place =>
  tokens.length === 0 ? otherwise : { from: tokens[0]!.place.from, to: tokens.at(-1)!.place.to };

function unknownFunction(name: string): string {
  const near = Object.keys(measures).filter((known) => editDistance(name.toLowerCase(), known, 3) < 3);
  const all = Object.keys(measures).join(', ');
  return near.length > 0
    ? `no function \`${name}\`; near: ${near.join(', ')}`
    : `no function \`${name}\`; there are ${all}`;
}
