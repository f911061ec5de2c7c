import { printable } from '../../domain/printable.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { ErrorStory, Explanation, Finding, Suspect } from '../explanation.ts';
import { countText, durationText, percentText } from '../format.ts';
import { code, fenced, plain, tableOf } from './markdown/elements.ts';
import { noPaint } from './paint.ts';
import { waterfall } from './waterfall.ts';
import {
  aboutService,
  afterNote,
  alternatives,
  beyond,
  checkText,
  clockText,
  confidenceText,
  culpritText,
  isExample,
  questionText,
  scopeParts,
  spreadHeading,
  spreadOf,
  suspectName,
  symptomWords,
  traceParts,
  untold,
} from './wording.ts';

const waterfallWidth = 100;
const mostRows = 30;
const shownEvidenceRows = 10;
const mostOfAPart = 10;

/** An answer to paste into an issue or a review: GitHub's Markdown, evidence with its statements folded away. */
export function renderMarkdown(explanation: Explanation): string {
  const { verdict, findings, symptoms, changes, anomalies, attributes, next, scope } = explanation;
  return [
    `## ${plain(questionText(explanation))}`,
    plain(verdict.sentence),
    ...certainty(explanation),
    scopeParts(explanation).map(plain).join(' · '),
    ...part('### Why', reasonParts(explanation)),
    ...part(`### ${spreadHeading(explanation)}`, symptoms.length === 0 ? [] : spreadParts(explanation)),
    ...traceSection(explanation),
    ...part('### Errors', explanation.errors === null ? [] : [errorText(explanation.errors)]),
    ...part('### Findings', findings.flatMap(findingParts)),
    ...part(
      '### What bad requests share',
      attributes
        .slice(0, mostOfAPart)
        .flatMap(({ sentence, evidence }) => [`- ${plain(sentence)}`, ...folded(evidence)]),
    ),
    ...part(
      '### Changes',
      list(
        changes.slice(0, mostOfAPart).map(({ at, service, sentence, relation, blamed }) => {
          const text = `${clockText(at, scope)} ${plain(aboutService(service, sentence))}`;
          return blamed ? `**${text}**` : `${text}${afterNote({ relation, sentence })}`;
        }),
      ),
    ),
    ...part(
      '### Anomalies',
      list(
        anomalies
          .slice(0, mostOfAPart)
          .map(
            ({ at, service, severity, sentence }) =>
              `${clockText(at, scope)} ${severity}: ${plain(aboutService(service, sentence))}`,
          ),
      ),
    ),
    ...part(
      '### Not seen, or assumed',
      list(
        untold(explanation).map(({ text, settle }) => `${plain(text)}${settle === null ? '' : ` → ${plain(settle)}`}`),
      ),
    ),
    '### Next',
    fenced(next.map(({ command, why }) => `# ${printable(why)}\n${printable(command)}`).join('\n'), 'sh'),
    '',
  ].join('\n\n');
}

const part = (heading: string, parts: readonly string[]): readonly string[] =>
  parts.length === 0 ? [] : [heading, ...parts];

const list = (items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : [items.map((item) => `- ${item}`).join('\n')];

function certainty(explanation: Explanation): readonly string[] {
  const { verdict, without } = explanation;
  if (verdict.severity === null) return [];
  const sure = confidenceText(verdict);
  const others = alternatives(explanation).map(
    (suspect) => `${plain(suspectName(suspect))} (${percentText(suspect.confidence * 100)})`,
  );
  const said = [
    ...(sure === null
      ? []
      : [`**${sure}**${verdict.culprit === null ? '' : `: ${plain(culpritText(verdict.culprit))}`}.`]),
    ...(others.length === 0 ? [] : [`Also possible: ${others.join(', ')}.`]),
    ...(without === null ? [] : [plain(without.sentence), plain(checkText(without))]),
  ];
  return said.length === 0 ? [] : [said.join(' ')];
}

function reasonParts({ suspects, findings, verdict }: Explanation): readonly string[] {
  const told = [verdict.sentence, ...findings.map(({ title }) => title)];
  return suspects.flatMap((suspect: Suspect) => {
    const reasons = beyond(suspect.why, told);
    if (reasons.length === 0) return [];
    const heading = `**${plain(suspectName(suspect))}** (${percentText(suspect.confidence * 100)})`;
    return [heading, ...list(reasons.map(plain)), ...folded(suspect.evidence)];
  });
}

function spreadParts(explanation: Explanation): readonly string[] {
  const { symptoms, scope } = explanation;
  const rows = symptoms.slice(0, mostOfAPart).map((symptom) => {
    const { what, usual, present } = symptomWords(symptom, explanation);
    const { service, operation, calls, failed, since } = symptom;
    return [
      service,
      operation,
      what,
      usual ?? '?',
      present,
      String(calls),
      String(failed),
      since === null ? '' : clockText(since, scope),
    ];
  });
  const way = spreadOf(explanation);
  return [
    ...(way.length < 2 ? [] : [way.map(plain).join(' → ')]),
    tableOf(['service', 'operation', '', 'usual', 'then', 'calls', 'failed', 'since'], rows),
    ...folded(symptoms.flatMap(({ evidence }) => evidence)),
  ];
}

function traceSection(explanation: Explanation): readonly string[] {
  const { trace } = explanation;
  if (trace === null) return [];
  return [
    ...(isExample(explanation) ? ['### A trace that shows it', traceParts(trace).map(plain).join(' · ')] : []),
    fenced(waterfall(explanation, { width: waterfallWidth, mostRows, paint: noPaint }).join('\n'), 'text'),
  ];
}

function errorText({ first, spread, stoppedAt, reachedRoot }: ErrorStory): string {
  const said = [first.type, first.message].filter((text) => text !== null && text !== '').join(': ');
  const way = [...new Set([first, ...spread].map(({ service }) => service))].map(plain).join(' → ');
  const end = reachedRoot ? 'up to the root' : `stopped at ${plain(stoppedAt?.service ?? 'its root')}`;
  return `First at ${durationText(first.atMs)} in ${plain(first.service)} ${code(first.operation)}${said === '' ? '' : `: ${plain(said)}`}. ${spread.length === 0 ? '' : `Spread: ${way}, ${end}.`}`.trimEnd();
}

function findingParts(finding: Finding, at: number): readonly string[] {
  const { title, severity, explains, confidence, culprit, sentences, evidence } = finding;
  const explained = explains.ms > 0 ? [`explains ${durationText(explains.ms)} (${percentText(explains.percent)})`] : [];
  return [
    `#### ${at + 1}. ${plain(title)}`,
    [
      severity,
      ...explained,
      `confidence ${percentText(confidence * 100)}`,
      `${plain(culprit.service)} ${code(culprit.operation)}`,
    ].join(' · '),
    beyond(sentences, explained).map(plain).join(' '),
    ...folded(evidence),
  ];
}

const folded = (evidence: readonly Evidence[]): readonly string[] =>
  evidence.map(({ id, title, sql, rows }) => {
    const names = Object.keys(rows[0] ?? {});
    const cells = rows.slice(0, shownEvidenceRows).map((row) => names.map((name) => textOf(row[name])));
    const table = names.length === 0 ? 'No rows.' : tableOf(names, cells);
    return `<details><summary>${plain(title)} (${countText(rows.length, 'row')})</summary>\n\n${table}\n\n${fenced(sql, 'sql')}\n\n\`obs evidence ${id}\` runs it again.\n\n</details>`;
  });

const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(String).join(' / ')
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : String(value);
