/**
 * The words of a command as a shell would part them: blanks between, quotes and backslashes as in POSIX sh. Nothing is
 * expanded and nothing is run by a shell. `null` where a quote is not closed, or there is no word.
 */
export function programWords(command: string): readonly [program: string, ...args: readonly string[]] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < command.length; at++) {
    const character = command[at]!;
    const next = command[at + 1];
    if (quote === "'") {
      if (character === "'") quote = null;
      else word += character;
    } else if (character === '\\' && next !== undefined && (quote === null || '"\\$`'.includes(next))) {
      word = (word ?? '') + next;
      at++;
    } else if (quote === '"') {
      if (character === '"') quote = null;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  const [program, ...args] = words;
  return program === undefined || program === '' ? null : [program, ...args];
}
