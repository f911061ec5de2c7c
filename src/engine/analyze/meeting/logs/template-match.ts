/** A template that lines can be held against. */
export interface Template {
  readonly id: string;
  /** With `<*>` for a parameter. */
  readonly text: string;
  /** The values in the line's parameters, in their order; `null` if the line is not of this template. */
  readonly match: (line: string) => readonly string[] | null;
  /** Characters outside the parameters: of two templates that match, the one with more says more. */
  readonly fixed: number;
}

const hole = '<*>';

/** White space as the miner sees it: one space, or two where a value between them may be empty. */
export const spaced = (line: string): string =>
  line.trim().replaceAll(/[\s\u007f]+/g, (space) => (space.length === 1 ? ' ' : '  '));

/**
 * Parameters may be of any length, also empty. Fixed texts are found from the left, each as early as it goes: with
 * nothing but wildcards between them that finds a match whenever there is one, in one pass.
 */
export function templateOf(id: string, text: string): Template {
  const parts = text.split(hole);
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1);
  const fixed = parts.reduce((sum, part) => sum + part.length, 0);

  const match = (line: string): readonly string[] | null => {
    const looked = spaced(line);
    if (parts.length === 1) return looked === text ? [] : null;
    if (looked.length < fixed || !looked.startsWith(first) || !looked.endsWith(last)) return null;
    const end = looked.length - last.length;
    const values: string[] = [];
    let at = first.length;
    for (const part of middle) {
      const found = looked.indexOf(part, at);
      if (found < 0 || found + part.length > end) return null;
      values.push(looked.slice(at, found).trim());
      at = found + part.length;
    }
    if (at > end) return null;
    values.push(looked.slice(at, end).trim());
    return values;
  };
  return { id, text, match, fixed };
}

/** Finds the template of a line: of those that match the one with the most fixed text. */
export function createTemplateIndex(templates: readonly Template[]): (line: string) => Template | null {
  const byStart = new Map<string, Template[]>();
  for (const template of templates.toSorted((a, b) => b.fixed - a.fixed || (a.id < b.id ? -1 : 1))) {
    const word = /^[^\s<]+(?=\s)/.exec(template.text)?.[0] ?? '';
    const same = byStart.get(word);
    if (same === undefined) byStart.set(word, [template]);
    else same.push(template);
  }
  return (line) => {
    const word = /^[^\s<]+(?=\s)/.exec(line.trim())?.[0] ?? '';
    const find = (start: string): Template | undefined =>
      byStart.get(start)?.find((template) => template.match(line) !== null);
    const own = word === '' ? undefined : find(word);
    const open = find('');
    if (own === undefined || open === undefined) return own ?? open ?? null;
    return own.fixed >= open.fixed ? own : open;
  };
}

/** A pattern for LIKE that all lines of the template match, and some others. */
export function likeOf(text: string): string {
  const parts = text.split(hole).flatMap((part) => part.split(/\s+/));
  const escaped = parts.filter((part) => part !== '').map((part) => part.replaceAll(/[\\%_]/g, '\\$&'));
  return `%${escaped.join('%')}%`;
}
