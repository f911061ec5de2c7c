/** What a character can be to the scanner. Everything beyond ASCII counts as a letter, lone surrogates too. */
export const kinds = { other: 0, letter: 1, digit: 2, joint: 3, space: 4 } as const;

/** Characters that hold the parts of one value together: paths, addresses, identifiers, percentages. */
const joints = '_.-/@$\\%+#*~&';

/** Kind of each UTF-16 code unit; control characters are white space. */
export const kindOf: Uint8Array = makeTable();

function makeTable(): Uint8Array {
  const table = new Uint8Array(0x10000);
  table.fill(kinds.space, 0, 33);
  table.fill(kinds.digit, 48, 58);
  table.fill(kinds.letter, 65, 91);
  table.fill(kinds.letter, 97, 123);
  table[127] = kinds.space;
  table.fill(kinds.letter, 128);
  for (const joint of joints) table[joint.charCodeAt(0)] = kinds.joint;
  return table;
}

export const isLetter = (code: number): boolean => kindOf[code] === kinds.letter;
export const isDigit = (code: number): boolean => kindOf[code] === kinds.digit;
export const isSpace = (code: number): boolean => kindOf[code] === kinds.space;

/** The place of a value in a masked line: a control character, which no masked line has otherwise. */
export const hole = 1;
export const holeText: string = String.fromCharCode(hole);
