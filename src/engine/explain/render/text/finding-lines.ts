import { printable } from '../../../domain/printable.ts';
import type { ErrorStory, Explanation, Finding } from '../../explanation.ts';
import { countText, durationText, percentText } from '../../format.ts';
import { wrap, wrapParts } from '../columns.ts';
import { nameOf, beyond } from '../wording.ts';
import { evidenceLines } from './evidence-lines.ts';
import { bullet, paintOf, type Page } from './lines.ts';

const shownFindings = 5;

export function findingsLines(explanation: Explanation, page: Page): readonly string[] {
  const { findings, verdict } = explanation;
  const rest = findings.length - shownFindings;
  const shown = new Map<string, string>();
  return [
    ...findings
      .slice(0, shownFindings)
      .flatMap((finding, at) =>
        findingLines(finding, at + 1, verdict.sentence, page, shown, at > 0 || !isSaid(explanation)),
      ),
    ...(rest > 0 ? [`   … and ${countText(rest, 'more finding')}: see --json`] : []),
  ];
}

/** Of a trace what its first finding explains is said before: as what it would have taken without that. */
const isSaid = ({ question, without }: Explanation): boolean =>
  question.ask === 'trace' && without !== null && without.savedMs > 0;

function findingLines(
  finding: Finding,
  number: number,
  said: string,
  page: Page,
  shown: Map<string, string>,
  tellsPart: boolean,
): readonly string[] {
  const { cells, paint } = page;
  const { severity, explains, confidence, culprit } = finding;
  const tone = paintOf(severity, paint);
  const part = `explains ${durationText(explains.ms)} (${percentText(explains.percent)})`;
  const about = [
    severity,
    ...(explains.ms > 0 && tellsPart ? [part] : []),
    `confidence ${percentText(confidence * 100)}`,
    nameOf(culprit),
  ];
  return [
    ...bullet(printable(finding.title), cells, `${number}. `).map(tone),
    ...wrapParts(about, cells, '   ').map(paint.dim),
    ...beyond(finding.sentences, [said, part, ...about]).flatMap((sentence) => wrap(printable(sentence), cells, '   ')),
    ...finding.evidence
      .filter(({ rows }) => rows.length > 0)
      .flatMap((evidence) => evidenceLines(evidence, page, shown)),
  ];
}

/** Where the error began, and how far it came. */
export function errorLines(story: ErrorStory, { cells }: Page): readonly string[] {
  const { first, spread, stoppedAt, reachedRoot, others } = story;
  const said = [first.type, first.message]
    .filter((part) => part !== null && part !== '')
    .map((part) => printable(part ?? ''));
  const chain = [...new Set([first, ...spread].map(({ service }) => printable(service)))].join(' → ');
  const end = reachedRoot ? 'up to the root' : `stopped at ${stoppedAt === null ? 'its root' : nameOf(stoppedAt)}`;
  return [
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
