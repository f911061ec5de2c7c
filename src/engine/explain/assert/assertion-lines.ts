/** The assertions of a file: one a line, without empty lines and those that begin with `#`. */
export const assertionLines = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
