import { printable } from '../../domain/printable.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Explanation, Finding, TraceSummary } from '../explanation.ts';
import { countText, durationText, percentText } from '../format.ts';
import { noPaint } from './paint.ts';
import { waterfall } from './waterfall.ts';

const waterfallWidth = 100;
const mostRows = 30;
const shownEvidenceRows = 10;

/** An explanation to paste into an issue or a review: GitHub's Markdown, statements included. */
export function renderMarkdown(explanation: Explanation): string {
  const { trace, verdict, findings, missing, next } = explanation;
  return [
    trace === null
      ? '## What was found'
      : `## ${plain(trace.root.service)} ${code(trace.root.operation)}: ${durationText(trace.durationMs)}`,
    plain(verdict.sentence),
    ...(trace === null ? [] : traceParts(explanation, trace)),
    ...(findings.length === 0 ? [] : ['### Findings']),
    ...findings.flatMap(findingParts),
    ...(missing.length === 0
      ? []
      : ['### Not seen, or assumed', missing.map(({ text }) => `- ${plain(text)}`).join('\n')]),
    '### Next',
    fenced(next.map(({ command, why }) => `# ${why}\n${command}`).join('\n'), 'sh'),
    '',
  ].join('\n\n');
}

function traceParts(explanation: Explanation, trace: TraceSummary): string[] {
  return [
    `Trace ${code(trace.traceId)} at ${trace.start}: ${countText(trace.spans, 'span')}, ${countText(trace.services.length, 'service')}, ${countText(trace.errors, 'failed span')}.`,
    fenced(waterfall(explanation, { width: waterfallWidth, mostRows, paint: noPaint }).join('\n'), 'text'),
  ];
}

function findingParts(finding: Finding, at: number): string[] {
  const { title, severity, explains, confidence, culprit, sentences, evidence } = finding;
  return [
    `#### ${at + 1}. ${plain(title)}`,
    `${severity}; explains ${durationText(explains.ms)} (${percentText(explains.percent)}); confidence ${Math.round(confidence * 100)} %; culprit ${plain(culprit.service)} ${code(culprit.operation)}`,
    sentences.map(plain).join(' '),
    ...evidence.map(evidencePart),
  ];
}

function evidencePart({ title, sql, rows }: Evidence): string {
  return `<details><summary>${plain(title)} (${countText(rows.length, 'row')})</summary>\n\n${table(rows)}\n\n${fenced(sql, 'sql')}\n\n</details>`;
}

function table(rows: Evidence['rows']): string {
  const [first] = rows;
  if (first === undefined) return 'No rows.';
  const names = Object.keys(first);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(names.map(plain)),
    line(names.map(() => '---')),
    ...rows.slice(0, shownEvidenceRows).map((row) => line(names.map((name) => plain(textOf(row[name]))))),
  ].join('\n');
}

const textOf = (value: unknown): string => (Array.isArray(value) ? value.join(' / ') : String(value));

/** Text from outside must neither format nor break out of a table. */
const plain = (text: string): string =>
  printable(text)
    .replaceAll(/[\\`*_[\]|#~]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '&#64;');

const code = (text: string): string => `\`${printable(text).replaceAll('`', "'")}\``;

/** A fence longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
