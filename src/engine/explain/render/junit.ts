import type { Explanation } from '../explanation.ts';
import { allEvidence } from '../evidence/all-evidence.ts';
import { defaultFailLevel, type FailLevel } from '../severity.ts';
import { markup } from './markup.ts';
import { failing, problemsOf, type Problem } from './problems.ts';
import { questionText } from './wording.ts';

/**
 * One test suite for CI systems that read JUnit's XML (testmoapp/junitxml on GitHub describes what they understand): the
 * verdict, every finding and every symptom is a test case; those at least as severe as `failOn` failed. An answer with
 * nothing against it is one test that passed.
 */
export function renderJunit(explanation: Explanation, failOn: FailLevel = defaultFailLevel): string {
  const problems = problemsOf(explanation);
  const failed = failing(explanation, problems, failOn);
  const attributes = `tests="${problems.length}" failures="${failed.size}" errors="0" skipped="0"`;
  const suite = `name="${markup(`obs explain: ${questionText(explanation)}`)}" ${attributes} time="0" timestamp="${explanation.scope.from.slice(0, 19)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="obs explain" ${attributes} time="0">`,
    `  <testsuite ${suite}>`,
    ...problems.map((problem) => testCase(problem, failed.has(problem))),
    ...evidenceOf(explanation),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ kind, service, severity, title, details }: Problem, isFailure: boolean): string {
  const className = markup(['obs.explain', kind, service].filter((part) => part !== '').join('.'));
  const text = details.map(markup).join('\n');
  const inside = isFailure
    ? `<failure type="${severity}" message="${markup(details[0] ?? title)}">${text}</failure>`
    : `<system-out>${text}</system-out>`;
  return `    <testcase classname="${className}" name="${markup(title)}" time="0">${inside}</testcase>`;
}

function evidenceOf(explanation: Explanation): readonly string[] {
  const lines = allEvidence(explanation).map(({ evidence }) => `obs evidence ${evidence.id}: ${evidence.title}`);
  return lines.length === 0 ? [] : [`    <system-out>${lines.map(markup).join('\n')}</system-out>`];
}
