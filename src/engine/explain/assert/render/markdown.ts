import { code, fenced, plain, tableOf } from '../../render/markdown/elements.ts';
import type { AssertAnswer, Because } from '../answer.ts';
import { ofText, valueText } from '../values.ts';
import { becauseHeading, becauseLines, markOf, sourceText, tellTraces, totalText } from './wording.ts';

/** A table of the values and why, for a job's summary or a comment: GitHub's Markdown. */
export function renderAssertMarkdown(answer: AssertAnswer): string {
  const told = new Set<string>();
  const rows = answer.assertions.flatMap(({ assertion, holds, comparisons }) => [
    ...(comparisons.length === 1 && comparisons[0]?.holds === holds ? [] : [[markOf(holds), assertion, '', '']]),
    ...comparisons.map((each) => [
      markOf(each.holds),
      each.comparison,
      each.problem?.text ?? valueText(each.value, each.unit, each.bound),
      ofText(each.of, each.count, each.unit),
    ]),
  ]);
  return [
    `## obs assert: ${totalText(answer)}`,
    tableOf(['holds', 'assertion', 'value', 'of'], rows),
    ...answer.notes.map((note) => `- ${plain(note)}`),
    plain(sourceText(answer)),
    ...answer.because.flatMap((because) => becauseParts(because, told)),
    '',
  ].join('\n\n');
}

function becauseParts(because: Because, told: Set<string>): string[] {
  return [
    `### ${plain(becauseHeading(because))}`,
    ...becauseLines(because).map((line) => `- ${plain(line)}`),
    ...tellTraces(because.traces, told).flatMap(({ sentences, commands }) => [
      ...sentences.map(plain),
      commands.map(code).join('\n'),
    ]),
    `<details><summary>SQL</summary>\n\n${fenced(because.evidence.sql, 'sql')}\n\n</details>`,
  ];
}
