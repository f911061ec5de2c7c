import { printable } from '../../../domain/printable.ts';
import type { Explanation } from '../../explanation.ts';
import { countText } from '../../format.ts';
import { aboutService, afterNote, clockText, untold } from '../wording.ts';
import { evidenceIds } from './evidence-lines.ts';
import { bullet, commandLines, paintOf, type Page } from './lines.ts';
import { wrap } from '../columns.ts';

const mostAttributes = 4;
const mostChanges = 5;
const mostAnomalies = 4;

export const attributeLines = ({ attributes }: Explanation, page: Page): readonly string[] => [
  ...attributes
    .slice(0, mostAttributes)
    .flatMap(({ sentence, evidence }) => [...bullet(printable(sentence), page.cells), ...evidenceIds(evidence, page)]),
  ...more(attributes.length - mostAttributes, 'more', page),
];

export const changeLines = ({ changes, scope }: Explanation, page: Page): readonly string[] => [
  ...changes.slice(0, mostChanges).flatMap(({ at, service, sentence, relation, blamed }) => {
    const tone = blamed ? page.paint.warning : page.paint.dim;
    return bullet(
      `${aboutService(service, sentence)}${afterNote({ relation, sentence })}`,
      page.cells,
      `${clockText(at, scope)}  `,
    ).map(tone);
  }),
  ...more(changes.length - mostChanges, 'older', page),
];

/** Each service's finding once: the analyzer repeats itself window by window. */
export const anomalyLines = ({ anomalies, scope }: Explanation, page: Page): readonly string[] => [
  ...anomalies.slice(0, mostAnomalies).flatMap(({ at, service, severity, sentence }) => {
    const [first = '', ...rest] = bullet(aboutService(service, sentence), page.cells, `${clockText(at, scope)}  `);
    return [first, ...rest].map(paintOf(severity, page.paint));
  }),
  ...more(anomalies.length - mostAnomalies, 'more', page),
];

export const missingLines = (explanation: Explanation, { cells, paint }: Page): readonly string[] =>
  untold(explanation).flatMap(({ text, settle }) => [
    ...bullet(printable(text), cells),
    ...(settle === null ? [] : bullet(printable(settle), cells, '  → ').map(paint.dim)),
  ]);

export const nextLines = ({ next }: Explanation, { cells, paint }: Page): readonly string[] =>
  next.flatMap(({ command, why }) => [
    ...wrap(`# ${printable(why)}`, cells, '  ').map(paint.dim),
    ...commandLines(printable(command), cells),
  ]);

const more = (count: number, word: string, { paint }: Page): readonly string[] =>
  count > 0 ? [paint.dim(`  … ${countText(count, word, word)}: see --json`)] : [];
