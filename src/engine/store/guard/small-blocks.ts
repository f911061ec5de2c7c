/**
 * The engine looks at its clock and at kills between blocks only, usually of 65,409 rows. Functions whose work for a row
 * grows with the square of the row's length, or that run a lambda step by step, make seconds of one such block: 13 s for
 * edit distances of 2,000 characters, 0.2 s in blocks of 512 rows. Statements with one of them get small blocks.
 */
const slowFunctions = new RegExp(
  `\\b(?:${[
    'editDistance(?:UTF8)?',
    'levenshteinDistance(?:UTF8)?',
    'damerauLevenshteinDistance(?:UTF8)?',
    'arrayLevenshteinDistance(?:Weighted)?',
    'arraySimilarity',
    'jaro(?:Winkler)?Similarity',
    'arrayFold',
    'polygons?\\w+',
  ].join('|')})\\s*\\(`,
  'i',
);

const smallBlockRows = 512;

/** The number of rows of a block for a statement that must not be given the usual one; `undefined` for all others. */
export function blockRowsFor(sql: string): number | undefined {
  return slowFunctions.test(sql) ? smallBlockRows : undefined;
}
