import type { Explanation, TraceSummary } from '../explanation.ts';
import { noPaint, type Paint } from './paint.ts';
import { anomalyLines, attributeLines, changeLines, missingLines, nextLines } from './text/circumstance-lines.ts';
import { errorLines, findingsLines } from './text/finding-lines.ts';
import { section, type Page } from './text/lines.ts';
import { symptomLines } from './text/symptom-lines.ts';
import { verdictLines } from './text/verdict-lines.ts';
import { waterfall } from './waterfall.ts';
import { isExample, spreadHeading, traceParts } from './wording.ts';
import { wrapParts } from './columns.ts';

export interface TextOptions {
  /** Terminal cells; lines stay within. Commands to type go on after a pipe or a backslash, as a shell reads them. */
  readonly width?: number;
  readonly paint?: Paint;
  /** Rows of the waterfall. */
  readonly mostRows?: number;
}

const leastCells = 60;

/** An answer for people, the most important first: each part says what the ones before did not. */
export function renderText(
  explanation: Explanation,
  { width = 80, paint = noPaint, mostRows = 40 }: TextOptions = {},
): string {
  const page: Page = { cells: Math.max(leastCells, width), paint };
  const { errors } = explanation;
  return [
    ...verdictLines(explanation, page),
    ...section(spreadHeading(explanation), symptomLines(explanation, page), page),
    ...traceLines(explanation, page, mostRows),
    ...section('Errors', errors === null ? [] : errorLines(errors, page), page),
    ...section('Findings', findingsLines(explanation, page), page),
    ...section('What bad requests share', attributeLines(explanation, page), page),
    ...section('Changes', changeLines(explanation, page), page),
    ...section('Anomalies', anomalyLines(explanation, page), page),
    ...section('Not seen, or assumed', missingLines(explanation, page), page),
    ...section('Next', nextLines(explanation, page), page),
    '',
  ].join('\n');
}

const exampleParts = (trace: TraceSummary): readonly string[] =>
  traceParts(trace).map((part, at) => (at === 0 ? `For example ${part}` : part));

function traceLines(explanation: Explanation, { cells, paint }: Page, mostRows: number): readonly string[] {
  const { trace } = explanation;
  if (trace === null) return [];
  const about = isExample(explanation) ? wrapParts(exampleParts(trace), cells).map(paint.dim) : [];
  return ['', ...about, ...waterfall(explanation, { width: cells, mostRows, paint })];
}
