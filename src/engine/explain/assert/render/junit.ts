import { markup } from '../../render/markup.ts';
import type { AssertAnswer, AssertionAnswer } from '../answer.ts';
import { becauseHeading, becauseLines, comparisonText, sourceText, tellTraces, totalText } from './wording.ts';

/** One suite of which each assertion is a test case: a failure where it does not hold, an error where it could not be asked. */
export function renderAssertJunit(answer: AssertAnswer): string {
  const { assertions } = answer;
  const failures = assertions.filter(({ holds }) => holds === false).length;
  const errors = assertions.filter(({ holds }) => holds === null).length;
  const counts = `tests="${assertions.length}" failures="${failures}" errors="${errors}" skipped="0" time="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="obs assert" ${counts}>`,
    `  <testsuite name="obs assert" ${counts} timestamp="${answer.from.slice(0, 19)}">`,
    ...assertions.map((assertion) => testCase(assertion, answer)),
    `    <system-out>${[`${totalText(answer)}, ${sourceText(answer)}`, ...answer.notes].map(markup).join('\n')}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(assertion: AssertionAnswer, answer: AssertAnswer): string {
  const lines = [...assertion.comparisons.map(comparisonText), ...reasonsOf(assertion, answer)];
  const text = lines.map(markup).join('\n');
  const wrong = assertion.comparisons.filter(({ holds }) => holds !== true).map(comparisonText);
  const message = markup((wrong.length > 0 ? wrong : lines).join('; '));
  const inside =
    assertion.holds === true
      ? `<system-out>${text}</system-out>`
      : assertion.holds === false
        ? `<failure type="assertion" message="${message}">${text}</failure>`
        : `<error type="unknown" message="${message}">${text}</error>`;
  return `    <testcase classname="obs.assert" name="${markup(assertion.assertion)}" time="0">${inside}</testcase>`;
}

/** Why this assertion does not hold, a line each; nothing of one that does. */
export function reasonsOf({ comparisons, holds }: AssertionAnswer, { because }: AssertAnswer): readonly string[] {
  if (holds !== false) return [];
  const told = new Set<string>();
  const own = new Set(comparisons.map(({ comparison }) => comparison));
  return because
    .filter(({ comparison }) => own.has(comparison))
    .flatMap((each) => [
      becauseHeading(each),
      ...becauseLines(each),
      ...tellTraces(each.traces, told).flatMap(({ sentences, commands }) => [...sentences, ...commands]),
    ]);
}
