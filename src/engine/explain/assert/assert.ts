import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import type { AssertAnswer, ComparisonAnswer } from './answer.ts';
import { reasonsFor } from './because.ts';
import { blamed, holds, joined, type Values } from './evaluate.ts';
import { comparisonsOf, measureOf, type Assertion, type Comparison } from './language/expression.ts';
import { badInputOf, Mistake } from './language/mistake.ts';
import { parseAssertion } from './language/parse.ts';
import { printComparison, printTerm } from './language/print.ts';
import { keyOfTerm, measureAll, type Measured } from './measure.ts';
import { sourceFor, totalsSql, type Source } from './source.ts';
import { settled } from './times.ts';
import { shownUnit, shownValue } from './values.ts';

/** What is asserted of which time. */
export interface Asked {
  readonly assertions: readonly string[];
  readonly range: TimeRange;
  /** When it was asked, Unix milliseconds, and how long from then spans under way are waited for at most. */
  readonly askedMs: number;
  readonly waitMs: number;
  /** Service that names without one are operations of. */
  readonly service?: string | undefined;
  /** Spans in the range up to which they are read one by one; `limits.assert.exactSpans` where left out. */
  readonly mostExact?: number | undefined;
}

type Failure = BadInput | QueryFailed | EngineUnavailable;

/** Whether assertions hold of what the store has of a time, with the values, and why where they do not. */
export const assertAll = Effect.fn('assertAll')(function* (
  asked: Asked,
): Effect.fn.Return<AssertAnswer, Failure, QueryClient> {
  const { range, service: scope } = asked;
  const assertions = yield* readAll(asked.assertions, scope);
  const comparisons = assertions.flatMap(({ expression }) => comparisonsOf(expression));
  const totals = yield* settled(countRows(range), { toMs: range.toMs, askedMs: asked.askedMs, waitMs: asked.waitMs });
  const source = sourceFor(range, totals.spans, asked.mostExact);
  const measured = yield* measureAll(comparisons, source, scope);
  const of = ({ term }: Comparison): Measured => measured.get(keyOfTerm(term, scope))!;
  const values: Values = (comparison) => of(comparison).value;
  const held = assertions.map(({ expression }) => holds(expression, values));
  const guilty = assertions.flatMap(({ expression }) => blamed(expression, values));
  const distinct = [...new Map(guilty.map((each) => [printComparison(each.comparison), each])).values()];
  const because = yield* reasonsFor(
    distinct.map((each) => ({ ...each, measured: of(each.comparison) })),
    range,
  );
  const notes = comparisons.flatMap((comparison) => {
    const { note } = of(comparison);
    return note === null ? [] : [`${printTerm(comparison.term)}: ${note}`];
  });
  return {
    version: 1,
    holds: joined('and', held),
    ...timesOf(source),
    spans: totals.spans,
    assertions: assertions.map(({ source: assertion, expression }, at) => ({
      assertion,
      holds: held[at] ?? null,
      comparisons: comparisonsOf(expression).map((comparison) => answerOf(comparison, of(comparison), values)),
    })),
    because,
    notes: [...new Set(notes)],
  };
});

/** All of them read before anything is asked. */
const readAll = Effect.fnUntraced(function* (
  texts: readonly string[],
  scope: string | undefined,
): Effect.fn.Return<readonly Assertion[], BadInput> {
  const refuse = (why: string): BadInput =>
    new BadInput({ what: 'There is nothing to assert by', why, hint: 'obs assert "errors(cart) == 0" --since 5m' });
  if (texts.length === 0) return yield* refuse('no assertion was given');
  if (texts.length > limits.assert.assertions) return yield* refuse(`more than ${limits.assert.assertions} were given`);
  const assertions = yield* Effect.forEach(texts, parseAssertion);
  for (const { source, expression } of assertions) {
    for (const { term } of comparisonsOf(expression)) {
      if (term.selector !== null || scope !== undefined || measureOf(term.measure).of === 'incidents') continue;
      const problem = 'expected a service or an operation; * is all services, and --service names one for all';
      return yield* badInputOf(source, new Mistake({ from: term.place.to - 1, to: term.place.to }, problem));
    }
  }
  const terms = new Set(
    assertions.flatMap(({ expression }) => comparisonsOf(expression)).map(({ term }) => printTerm(term)),
  );
  if (terms.size > limits.assert.terms)
    return yield* refuse(`more than ${limits.assert.terms} different terms were given`);
  return assertions;
});

const countRows = Effect.fnUntraced(function* (range: TimeRange) {
  const client = yield* QueryClient;
  const [row] = yield* client.rows<Record<'spans' | 'records', string>>(totalsSql(range));
  const spans = Number(row?.spans ?? 0);
  return { spans, rows: spans + Number(row?.records ?? 0) };
});

const isoMs = (unixMs: number): string => new Date(unixMs).toISOString();

function timesOf(source: Source): Pick<AssertAnswer, 'from' | 'to' | 'source'> {
  if (source.from === 'spans') {
    return { from: isoMs(source.range.fromMs), to: isoMs(source.range.toMs), source: 'spans' };
  }
  const { fromSeconds, toSeconds } = source.period;
  const name = source.windowSeconds === 10 ? 'rollups-10s' : 'rollups-1m';
  return { from: isoMs(fromSeconds * 1000), to: isoMs(toSeconds * 1000), source: name };
}

function answerOf(comparison: Comparison, measured: Measured, values: Values): ComparisonAnswer {
  const { term, comparator, bound } = comparison;
  const { unit } = measureOf(term.measure);
  const { from, to } = term.selector?.place ?? term.place;
  return {
    comparison: printComparison(comparison),
    measure: term.measure,
    comparator,
    value: measured.value === null ? null : shownValue(measured.value, unit),
    bound: shownValue(bound.value, unit),
    unit: shownUnit[unit],
    holds: holds(comparison, values),
    of: measured.meant,
    count: measured.count,
    problem: measured.problem === null ? null : { text: measured.problem, from, to },
    evidenceId: measured.evidence?.id ?? null,
    sql: measured.evidence?.sql ?? null,
    rows: measured.evidence?.rows ?? [],
  };
}
