import { countText, quoted } from '../../format.ts';
import type { AssertAnswer, AssertionAnswer, Because, ComparisonAnswer, ExplainedTrace } from '../answer.ts';
import { ofText, valueText } from '../values.ts';

/** What all formats say. Names come from telemetry: each format escapes what it is given. */

export const markOf = (holds: boolean | null): string => (holds === null ? '?' : holds ? '✓' : '✗');

/** "p95(cart) < 300ms: 412 ms (service cart, 1,204 calls)" */
export function comparisonText({ comparison, value, unit, bound, of, count, problem }: ComparisonAnswer): string {
  if (problem !== null) return `${comparison}: ${problem.text}`;
  const about = ofText(of, count, unit);
  return `${comparison}: ${valueText(value, unit, bound)}${about === '' ? '' : ` (${about})`}`;
}

export const oneComparison = ({ comparisons }: AssertionAnswer): ComparisonAnswer | undefined =>
  comparisons.length === 1 ? comparisons[0] : undefined;

/** "2 of 3 hold" */
export function totalText({ assertions }: AssertAnswer): string {
  const holding = assertions.filter(({ holds }) => holds === true).length;
  return `${holding} of ${countText(assertions.length, 'assertion')} ${assertions.length === 1 ? 'holds' : 'hold'}`;
}

export function sourceText({ from, to, source, spans }: AssertAnswer): string {
  const day = from.slice(0, 10) === to.slice(0, 10) ? clock(to) : dated(to);
  const how =
    source === 'spans'
      ? `exact, of ${countText(spans, 'span')}`
      : `of ${countText(spans, 'span')} by windows of ${source === 'rollups-10s' ? '10 s' : '1 min'}, quantiles within 1 %`;
  return `${dated(from)} to ${day} UTC, ${how}`;
}

const clock = (iso: string): string => iso.slice(11, 19);
const dated = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

export const becauseHeading = ({ comparison, value, unit, evidence }: Because): string =>
  `${comparison} does not hold: it is ${valueText(value, unit)}. ${evidence.title}:`;

export const becauseLines = ({ lines }: Because): readonly string[] => lines.map(quoted);

/** Traces with one explanation, and the commands for each of them. */
export interface Told {
  /** Verdict and finding; none of traces that are not explained, or were told of before. */
  readonly sentences: readonly string[];
  readonly commands: readonly string[];
}

/** @param before ids of traces that were told of already; those of these are added */
export function tellTraces(traces: readonly ExplainedTrace[], before = new Set<string>()): readonly Told[] {
  const bySentences = new Map<string, Told>();
  for (const { traceId, verdict, finding, next } of traces) {
    const isNew = !before.has(traceId);
    before.add(traceId);
    const sentences = isNew
      ? [...(verdict === null ? [] : [verdict]), ...(finding === null ? [] : [`${finding.severity}: ${finding.title}`])]
      : [];
    const key = sentences.join('\n');
    bySentences.set(key, { sentences, commands: [...(bySentences.get(key)?.commands ?? []), next] });
  }
  return [...bySentences.values()];
}
