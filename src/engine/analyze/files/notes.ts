import type { EvenSeries } from './even-series.ts';

const namedRows = 5;

/** What a person should know of how a table was read. */
export function notesOf({
  badRows,
  badRowsInAll,
  broken,
}: Pick<EvenSeries, 'badRows' | 'badRowsInAll' | 'broken'>): readonly string[] {
  const named = badRows.slice(0, namedRows).map(({ line, reason }) => `  line ${line}: ${reason}`);
  return [
    ...(badRowsInAll === 0 ? [] : [`${badRowsInAll} rows could not be read and were left out:`, ...named]),
    ...(badRowsInAll > named.length && named.length > 0 ? [`  … and ${badRowsInAll - named.length} more`] : []),
    ...(broken === undefined ? [] : [`The input broke off: ${broken}`]),
  ];
}

/** For the middle of an error: "; line 2: no number; … and 3 more bad rows". Empty without bad rows. */
export function badRowsText(badRows: EvenSeries['badRows'], inAll: number): string {
  const named = badRows.slice(0, namedRows).map(({ line, reason }) => `; line ${line}: ${reason}`);
  const more = inAll - named.length;
  return `${named.join('')}${more > 0 ? `; … and ${more} more bad rows` : ''}`;
}
