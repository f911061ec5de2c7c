import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import { blamed, holds, isTooMuch, type Values } from '../../../../src/engine/explain/assert/evaluate.ts';
import type { Expression } from '../../../../src/engine/explain/assert/language/expression.ts';
import { parseAssertion } from '../../../../src/engine/explain/assert/language/parse.ts';
import { printComparison } from '../../../../src/engine/explain/assert/language/print.ts';
import { valueText } from '../../../../src/engine/explain/assert/values.ts';

const read = (source: string): Expression => Effect.runSync(parseAssertion(source)).expression;
/** Calls of `yes` are 1, of `no` 0, of `what` unknown. */
const values: Values = ({ term }) => {
  const name = term.selector?.by === 'name' ? term.selector.name.text : '';
  return name === 'yes' ? 1 : name === 'no' ? 0 : null;
};
const is = (source: string): boolean | null =>
  holds(read(source.replaceAll(/(yes|no|what)\b/g, 'calls($1) == 1')), values);

describe('what is not known', () => {
  test.each([
    ['yes and yes', true],
    ['yes and no', false],
    ['yes and what', null],
    ['no and what', false],
    ['what and no', false],
    ['what or yes', true],
    ['no or what', null],
    ['no or no', false],
    ['not (what)', null],
    ['not (no)', true],
    ['not (no and what)', true],
  ])('%s', (source, held) => expect(is(source)).toBe(held));
});

test.each([
  ['calls(yes) < 1', false],
  ['calls(yes) <= 1', true],
  ['calls(yes) > 1', false],
  ['calls(yes) >= 1', true],
  ['calls(yes) != 1', false],
])('%s', (source, held) => expect(holds(read(source), values)).toBe(held));

describe('which comparisons decided', () => {
  const guilty = (source: string): readonly string[] =>
    blamed(read(source), values).map(({ comparison, wanted }) => `${printComparison(comparison)} wanted ${wanted}`);

  test('of `and` those that do not hold, of `or` all', () => {
    expect(guilty('calls(yes) == 1 and calls(yes) < 1')).toEqual(['calls(yes) < 1 wanted <']);
    expect(guilty('calls(yes) < 1 or calls(no) > 0')).toEqual(['calls(yes) < 1 wanted <', 'calls(no) > 0 wanted >']);
    expect(guilty('calls(what) == 1 and calls(yes) < 1')).toEqual(['calls(yes) < 1 wanted <']);
  });

  test('below `not` those that hold, and the opposite was wanted', () => {
    expect(guilty('not (calls(yes) >= 1 and calls(no) == 0)')).toEqual([
      'calls(yes) >= 1 wanted <',
      'calls(no) == 0 wanted !=',
    ]);
    expect(guilty('not (calls(yes) >= 1 or calls(no) == 1)')).toEqual(['calls(yes) >= 1 wanted <']);
    expect(guilty('not not calls(yes) < 1')).toEqual(['calls(yes) < 1 wanted <']);
  });

  test('none where it holds or is not known', () => {
    expect(guilty('calls(yes) == 1 or calls(no) == 1')).toEqual([]);
    expect(guilty('calls(what) == 1')).toEqual([]);
  });

  test('a value that is too small has no worst calls', () => {
    expect([isTooMuch('<', 2, 1), isTooMuch('==', 2, 1)]).toEqual([true, true]);
    expect([isTooMuch('==', 0, 1), isTooMuch('>', 0, 1), isTooMuch('!=', 1, 1)]).toEqual([false, false, false]);
  });
});

test('a value never looks like the bound that it is not', () => {
  expect(valueText(300.004, 'ms', 300)).toBe('300.004 ms');
  expect(valueText(300, 'ms', 300)).toBe('300 ms');
  expect(valueText(1.0004, 'percent', 1)).toBe('1.0004 %');
  expect(valueText(1204, 'count', 0)).toBe('1,204');
});
