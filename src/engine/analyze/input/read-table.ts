import { InputEmpty, InputUnreadable, NoNumericColumn, reasonOf, type InputError } from './errors.ts';
import { layoutOf, looksLikeJson, sampleRows, type Layout } from './layout.ts';
import { longestRecord, RecordSplitter, type TextRecord } from './records.ts';
import { RowReader, type TableBatch } from './row-reader.ts';
import { sourceName, sourceText, type Source } from './source-text.ts';

/** A table whose rows are still to be read. */
export interface Table {
  /** The columns of numbers, in the input's order. */
  readonly columns: readonly string[];
  /** The time's column, when there is one. */
  readonly timeColumn: string | undefined;
  /** Once, front to back, in bounded memory. The last batch says when the input broke off. */
  readonly batches: AsyncIterable<TableBatch>;
}

/**
 * Opens CSV (with or without header; comma, semicolon or tab; quoted cells) or NDJSON, plain or gzip by content. The
 * first rows decide which columns hold numbers and which the time. Rows that cannot be read are skipped and told in
 * their batch, with line number and reason.
 *
 * @param source a path, or bytes as they come
 */
export async function readTable(source: Source): Promise<Table | InputError> {
  const records = recordsOf(source);
  const sample: RecordBatch[] = [];
  let rows = 0;
  while (rows < sampleRows) {
    const next = await records.next();
    if (next.done === true) break;
    sample.push(next.value);
    rows += next.value.records.length;
  }
  const broken = sample.at(-1)?.broken;
  if (rows === 0) {
    await records.return(undefined);
    return broken === undefined
      ? new InputEmpty({ source: sourceName(source) })
      : new InputUnreadable({ source: sourceName(source), reason: broken });
  }
  const layout = layoutOf(sample.flatMap((batch) => batch.records).slice(0, sampleRows));
  if (layout.numbers.length === 0) {
    await records.return(undefined);
    const reader = new RowReader({ ...layout, numbers: layout.partly });
    const badRows = sample.flatMap(({ records: some }) => reader.read(some).badRows);
    return new NoNumericColumn({ source: sourceName(source), columns: layout.names, badRows });
  }
  return {
    columns: layout.numbers.map(({ name }) => name),
    timeColumn: layout.time?.name,
    batches: batchesOf(layout, sample, records),
  };
}

/** The records that one piece of text completed; what broke the input off, with the last ones. */
interface RecordBatch {
  readonly records: readonly TextRecord[];
  readonly broken?: string;
}

async function* recordsOf(source: Source): AsyncGenerator<RecordBatch, void, undefined> {
  let splitter: RecordSplitter | undefined;
  let broken: string | undefined;
  let blank = '';
  try {
    for await (const text of sourceText(source)) {
      if (splitter === undefined && text.trim() === '' && blank.length < longestRecord) {
        blank += text;
        continue;
      }
      splitter ??= new RecordSplitter(!looksLikeJson(text));
      const records = splitter.push(blank + text);
      blank = '';
      if (records.length > 0) yield { records };
    }
  } catch (error) {
    broken = reasonOf(error);
  }
  const records = splitter?.end() ?? [];
  if (broken !== undefined) yield { records, broken };
  else if (records.length > 0) yield { records };
}

async function* batchesOf(
  layout: Layout,
  sample: readonly RecordBatch[],
  rest: AsyncGenerator<RecordBatch, void, undefined>,
): AsyncGenerator<TableBatch, void, undefined> {
  const reader = new RowReader(layout);
  try {
    for (const batch of sample) yield reader.read(batch.records, batch.broken);
    for await (const batch of rest) yield reader.read(batch.records, batch.broken);
  } finally {
    await rest.return(undefined);
  }
}
