import stringWidth from 'string-width';
import { printable } from '../../domain/printable.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { ErrorStory, Explanation, Finding, Severity, SpanReference, TraceSummary } from '../explanation.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { wrap } from './columns.ts';
import { evidenceTable } from './evidence-table.ts';
import { noPaint, type Paint } from './paint.ts';
import { waterfall } from './waterfall.ts';

export interface TextOptions {
  /** Terminal cells; lines stay within. Commands to type are never broken. */
  readonly width?: number;
  readonly paint?: Paint;
  /** Rows of the waterfall. */
  readonly mostRows?: number;
}

const shownFindings = 5;
const shownRows = 3;

/** An explanation for people: the verdict, the waterfall, findings with evidence, what could not be seen, what to type next. */
export function renderText(
  explanation: Explanation,
  { width = 80, paint = noPaint, mostRows = 40 }: TextOptions = {},
): string {
  const cells = Math.max(60, width);
  const { findings, missing, next, verdict } = explanation;
  const rest = findings.length - shownFindings;
  const [sentence, why] = verdict.sentence.split(/ (?=Why: |Most likely: )/, 2) as [string, string?];
  return [
    ...wrap(sentence, cells).map(
      verdict.severity === null ? paint.good : (line) => paintOf(verdict.severity!, paint)(line),
    ),
    ...(why === undefined ? [] : wrap(why, cells)),
    '',
    ...(explanation.trace === null
      ? []
      : [
          ...header(explanation.trace, cells).map(paint.dim),
          '',
          ...waterfall(explanation, { width: cells, mostRows, paint }),
        ]),
    ...(explanation.errors === null ? [] : ['', ...errorLines(explanation.errors, cells, paint)]),
    ...(findings.length === 0 ? [] : ['', paint.accent('Findings')]),
    ...findings.slice(0, shownFindings).flatMap((finding, at) => findingLines(finding, at + 1, cells, paint)),
    ...(rest > 0 ? [`   … and ${countText(rest, 'more finding')}: see --json`] : []),
    ...(missing.length === 0 ? [] : ['', paint.accent('Not seen, or assumed')]),
    ...missing.flatMap(({ text }) => bullet(text, cells)),
    '',
    paint.accent('Next'),
    ...next.flatMap(({ command, why }) => [
      ...wrap(`# ${why}`, cells, '  ').map(paint.dim),
      ...commandLines(command, cells),
    ]),
    '',
  ].join('\n');
}

function header(trace: TraceSummary, cells: number): string[] {
  const { usual } = trace;
  const parts = [
    `Trace ${trace.traceId}`,
    durationText(trace.durationMs),
    countText(trace.spans, 'span'),
    countText(trace.services.length, 'service'),
    ...(trace.errors === 0 ? [] : [countText(trace.errors, 'failed span')]),
  ];
  const history =
    usual === null
      ? 'no history yet'
      : `usual ${durationText(usual.p50Ms)} (p95 ${durationText(usual.p95Ms)}, ${countText(usual.calls, 'call')})`;
  const onset = trace.onset === null ? '' : `, changed at ${trace.onset.at.slice(11, 19)}`;
  return [
    ...wrap(parts.join(' · '), cells),
    ...wrap(`${trace.start.slice(0, 23).replace('T', ' ')} UTC · ${history}${onset}`, cells),
  ];
}

const nameOf = ({ service, operation }: SpanReference): string => `${printable(service)} ${quoted(operation)}`;

function errorLines(
  { first, spread, stoppedAt, reachedRoot, others }: ErrorStory,
  cells: number,
  paint: Paint,
): string[] {
  const said = [first.type, first.message]
    .filter((part) => part !== null && part !== '')
    .map((part) => printable(part!));
  const chain = [...new Set([first, ...spread].map(({ service }) => printable(service)))].join(' → ');
  const end = reachedRoot ? 'up to the root' : `stopped at ${stoppedAt === null ? 'its root' : nameOf(stoppedAt)}`;
  return [
    paint.accent('Errors'),
    ...bullet(
      `First error at ${durationText(first.atMs)} in ${nameOf(first)}${said.length === 0 ? '' : `: ${said.join(': ')}`}`,
      cells,
    ),
    ...(spread.length === 0 ? [] : bullet(`Spread: ${chain}, ${end}`, cells)),
    ...(others.length === 0
      ? []
      : bullet(`Other errors began in ${[...new Set(others.map(nameOf))].slice(0, 3).join(', ')}`, cells)),
  ];
}

function findingLines(finding: Finding, number: number, cells: number, paint: Paint): string[] {
  const { severity, explains, confidence, culprit } = finding;
  const tone = paintOf(severity, paint);
  const about = [
    severity,
    ...(explains.ms > 0 ? [`explains ${durationText(explains.ms)} (${percentText(explains.percent)})`] : []),
    `confidence ${Math.round(confidence * 100)} %`,
    nameOf(culprit),
  ];
  const [title, ...more] = wrap(`${number}. ${finding.title}`, cells);
  return [
    tone(title!),
    ...more.map((line) => tone(`   ${line}`)),
    ...wrap(about.join(' · '), cells, '   ').map(paint.dim),
    ...finding.sentences.flatMap((sentence) => wrap(sentence, cells, '   ')),
    ...finding.evidence
      .filter(({ rows }) => rows.length > 0)
      .flatMap((evidence) => evidenceLines(evidence, cells, paint)),
  ];
}

/** The title, and the first rows as a small table; all of them, and the statement, are in `--json`. */
function evidenceLines({ title, rows }: Evidence, cells: number, paint: Paint): string[] {
  const rest = rows.length - shownRows;
  return [
    ...wrap(`${title}:`, cells, '   '),
    ...evidenceTable(rows.slice(0, shownRows), cells - 5).map((line) => paint.dim(`     ${line}`)),
    ...(rest > 0 ? [paint.dim(`     … and ${countText(rest, 'more row')}`)] : []),
  ];
}

function bullet(text: string, cells: number): string[] {
  return wrap(text, cells - 2).map((line, at) => `${at === 0 ? '- ' : '  '}${line}`);
}

/** A command that is too long goes on after its pipes, where a shell reads on by itself. */
function commandLines(command: string, cells: number): string[] {
  if (stringWidth(command) + 2 <= cells) return [`  ${command}`];
  const parts = command.split(/(?<= \|) /);
  const lines: string[] = [];
  for (const part of parts) {
    const longer = `${lines.at(-1)} ${part}`;
    if (lines.length > 0 && stringWidth(longer) <= cells) lines[lines.length - 1] = longer;
    else lines.push(lines.length === 0 ? `  ${part}` : `    ${part}`);
  }
  return lines;
}

const paintOf = (severity: Severity, paint: Paint): ((text: string) => string) =>
  severity === 'critical' ? paint.error : severity === 'warning' ? paint.warning : paint.accent;
