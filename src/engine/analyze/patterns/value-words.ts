const listOf = (words: string): readonly string[] => words.split(' ');

/** Units after a number: `1.5 KB` and `3 MB`, `<1 sec` and `00:05` are the same parameter printed at different sizes. */
const units = listOf(
  'B K M G kB KB MB GB TB KiB MiB GiB TiB byte bytes Byte Bytes bit bits % Hz kHz KHz MHz GHz ' +
    'ns us ms s sec secs second seconds msec msecs usec usecs min mins minute minutes h hr hrs hour hours day days ' +
    'nanoseconds microseconds milliseconds millis AM PM UTC GMT CET CEST EST EDT CST CDT MST MDT PST PDT',
);
export const longestUnit: number = Math.max(...units.map((unit) => unit.length));

/** Values that are written as words in most languages. */
const literals = listOf('true false True False TRUE FALSE null nil NULL None undefined NaN');

/** Months and weekdays as `strftime` and `ctime` shorten them, three letters each. */
const dateNames = listOf('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun');

type WordTest = (codes: Uint16Array, from: number, to: number) => boolean;

/** Whether the characters are one of some words, without making a string of them. */
function oneOf(words: readonly string[]): WordTest {
  const byFirst: number[][][] = [];
  for (const word of words) {
    const codes = Array.from(word, (character) => character.charCodeAt(0));
    (byFirst[codes[0] as number] ??= []).push(codes);
  }
  // No holes in the array: most lookups are for letters that begin no word.
  const candidates = Array.from({ length: 128 }, (_, code) => byFirst[code] ?? []);
  return (codes, from, to) => {
    const first = codes[from] as number;
    if (first > 127) return false;
    for (const word of candidates[first] as number[][]) {
      if (word.length !== to - from) continue;
      let at = 1;
      while (at < word.length && word[at] === codes[from + at]) at++;
      if (at === word.length) return true;
    }
    return false;
  };
}

export const isUnit: WordTest = oneOf(units);
export const isLiteral: WordTest = oneOf(literals);
const isAnyDateName = oneOf(dateNames);
export const isDateName = (codes: Uint16Array, from: number): boolean => isAnyDateName(codes, from, from + 3);
