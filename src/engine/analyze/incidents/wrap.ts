import stringWidth from 'string-width';

/** Lines of at most `width` columns, broken at blanks; a word that is longer is cut with …. @param indent before each line */
export function wrapped(text: string, width: number, indent = ''): readonly string[] {
  const room = Math.max(10, width - stringWidth(indent));
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const fitting = stringWidth(word) > room ? cut(word, room) : word;
    const longer = line === '' ? fitting : `${line} ${fitting}`;
    if (stringWidth(longer) <= room) line = longer;
    else {
      lines.push(line);
      line = fitting;
    }
  }
  return [...lines, line].map((each) => `${indent}${each}`);
}

function cut(word: string, width: number): string {
  let result = '';
  for (const character of word) {
    if (stringWidth(result + character) > width - 1) break;
    result += character;
  }
  return `${result}…`;
}
