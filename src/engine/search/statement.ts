import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed, type QueryRefused } from '../domain/errors.ts';
import { QueryClient } from '../store/query-client.ts';
import type { Parameters } from '../store/store.ts';
import { renderTable } from './render-table.ts';
import { type Sink, writeAll } from './sink.ts';

/** Short names for formats that people type; every other name goes to ClickHouse as it is. */
const formats: Readonly<Record<string, string>> = {
  json: 'JSON',
  ndjson: 'JSONEachRow',
  csv: 'CSVWithNames',
  tsv: 'TSVWithNames',
  parquet: 'Parquet',
};

/** As strings: a JavaScript number would round them. */
const exactNumbers = { output_format_json_quote_64bit_integers: 1, output_format_json_quote_decimals: 1 } as const;

export interface StatementRequest {
  readonly sql: string;
  /** `table`, one of the short names, or any ClickHouse format name. */
  readonly format: string;
  readonly parameters: Parameters;
  /** Columns of the terminal that a table may take. */
  readonly width: number;
}

/** Runs one statement and writes the answer: as a table for people, else byte for byte as ClickHouse formats it. */
export const runStatement = Effect.fnUntraced(function* (
  { sql, format, parameters, width }: StatementRequest,
  out: Sink,
): Effect.fn.Return<void, QueryFailed | QueryRefused | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const name = formats[format] ?? format;
  if (format !== 'table') {
    yield* writeAll(yield* client.bytes(sql, name, { parameters }), out);
    return;
  }
  const chunks: Uint8Array[] = [];
  yield* writeAll(yield* client.bytes(sql, 'JSONCompact', { parameters, settings: exactNumbers }), {
    write: (chunk) => chunks.push(chunk) > 0,
  });
  const text = Buffer.concat(chunks).toString('utf8');
  // SHOW and DESCRIBE answer in the asked format too; an empty body is a statement without a result.
  if (text === '') return;
  const answer = JSON.parse(text) as {
    meta: { name: string; type: string }[];
    data: unknown[][];
    statistics?: { elapsed: number; rows_read: number };
  };
  out.write(Buffer.from(renderTable(answer.meta, answer.data, width)));
  const { elapsed = 0, rows_read: rowsRead = 0 } = answer.statistics ?? {};
  const rows = answer.data.length;
  out.write(
    Buffer.from(
      `${rows} ${rows === 1 ? 'row' : 'rows'} in ${(elapsed * 1000).toFixed(0)} ms, ${rowsRead.toLocaleString('en')} read\n`,
    ),
  );
});

/** Reads `name=value` pairs as they come from the command line. */
export const parseParameters = Effect.fnUntraced(function* (
  pairs: readonly string[],
): Effect.fn.Return<Parameters, BadInput> {
  const parameters: Record<string, string> = {};
  for (const pair of pairs) {
    const match = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(pair);
    if (match === null) {
      return yield* new BadInput({
        what: `Cannot use --param ${pair}`,
        why: 'it is not of the form name=value',
        hint: 'obs query "SELECT {n:UInt8}" --param n=5',
      });
    }
    parameters[match[1] ?? ''] = match[2] ?? '';
  }
  return parameters;
});
