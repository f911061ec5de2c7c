import stringWidth from 'string-width';

/** Cuts a text to a number of terminal cells, with an ellipsis where something is missing. */
export function cut(text: string, cells: number): string {
  if (stringWidth(text) <= cells) return text;
  let shown = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const width = stringWidth(segment);
    if (used + width > cells - 1) break;
    shown += segment;
    used += width;
  }
  return cells > 0 ? `${shown}…` : '';
}

export function padEnd(text: string, cells: number): string {
  const shown = cut(text, cells);
  return shown + ' '.repeat(Math.max(0, cells - stringWidth(shown)));
}

export const padStart = (text: string, cells: number): string =>
  ' '.repeat(Math.max(0, cells - stringWidth(text))) + text;

/** Spaces where a line may break: a number keeps its unit. */
const breaks = /(?<!\d) | (?!(?:%|µs|ms|s|min|h|[KMGT]?i?B)(?!\w))/;

/** Breaks a text between words into lines of at most `cells`; a word longer than that is cut in pieces. */
export function wrap(text: string, cells: number, indent = ''): string[] {
  const room = Math.max(1, cells - stringWidth(indent));
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(breaks).flatMap((word) => piecesOf(word, room))) {
    if (line === '') line = word;
    else if (stringWidth(line) + 1 + stringWidth(word) <= room) line += ` ${word}`;
    else {
      lines.push(indent + line);
      line = word;
    }
  }
  lines.push(indent + line);
  return lines;
}

/** Parts with ` · ` between them, on lines that break there; a part that is longer than a line breaks between words. */
export function wrapParts(parts: readonly string[], cells: number, indent = ''): string[] {
  const room = cells - stringWidth(indent);
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)} · ${part}`;
    if (stringWidth(longer) <= room) lines.splice(-1, 1, longer);
    else lines.push(...wrap(part, room));
  }
  return lines.map((line) => indent + line);
}

function piecesOf(word: string, room: number): string[] {
  if (stringWidth(word) <= room) return [word];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const width = stringWidth(segment);
    if (used + width > room && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += segment;
    used += width;
  }
  return [...pieces, piece];
}
