import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, deflate, gzip, zstdCompress } from 'node:zlib';
import { exceptionText, httpStatus, type ClickHouseException } from './exception.ts';
import type { QueryAnswer } from './run-query.ts';

/** What every answer says about the server. */
export interface ServerFacts {
  readonly version: string;
  readonly timezone: string;
  readonly database: string;
}

const contentTypes: readonly (readonly [RegExp, string])[] = [
  [/^(?:TabSeparated|TSV)(?!.*Raw)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSVWithNames/i, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/i, 'text/csv; charset=UTF-8; header=absent'],
  [/^(?:JSON.*EachRow|JSONL|JSONLines|NDJSON)/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON|^GeoJSON/i, 'application/json; charset=UTF-8'],
  [/^XML$/i, 'application/xml; charset=UTF-8'],
  [/^(?:Markdown|MD)$/i, 'text/markdown; charset=UTF-8'],
  [/^(?:Native|RowBinary|Parquet|Arrow|ORC|Avro|BSON|MsgPack|Npy|RawBLOB|Buffers)/i, 'application/octet-stream'],
];

export function contentType(format: string): string {
  return contentTypes.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

/** Compressing less than this costs more than it saves. */
const worthCompressing = 1024;

/** In the order in which one is chosen among those that a client takes; `q=0` refuses one (RFC 9110, 12.5.3). */
const encoders: readonly (readonly [string, (body: Uint8Array) => Promise<Buffer>])[] = [
  ['zstd', (body) => promisify(zstdCompress)(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })],
  ['gzip', (body) => promisify(gzip)(body, { level: 1 })],
  ['deflate', (body) => promisify(deflate)(body, { level: 1 })],
  ['br', (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
];

export async function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  facts: ServerFacts,
  queryId: string,
  { format, result }: QueryAnswer,
  compress: boolean,
): Promise<void> {
  const accepted = (request.headers['accept-encoding'] ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim().toLowerCase());
  const encoder =
    compress && result.body.length > worthCompressing ? encoders.find(([name]) => accepted.includes(name)) : undefined;
  const body = encoder === undefined ? result.body : await encoder[1](result.body);
  response.writeHead(200, {
    ...commonHeaders(facts, queryId),
    'Content-Type': contentType(format),
    'Content-Length': body.length,
    'X-ClickHouse-Format': format,
    'X-ClickHouse-Summary': summary(result),
    ...(encoder === undefined ? {} : { 'Content-Encoding': encoder[0] }),
  });
  response.end(body);
}

export function sendException(
  response: ServerResponse,
  facts: ServerFacts,
  queryId: string,
  error: ClickHouseException,
): void {
  const body = exceptionText(error, facts.version);
  response.writeHead(httpStatus(error), {
    ...commonHeaders(facts, queryId),
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'X-ClickHouse-Exception-Code': error.code,
    ...(error.code === requiredPassword ? { 'WWW-Authenticate': 'Basic realm="ClickHouse server HTTP API"' } : {}),
  });
  response.end(body);
}

const requiredPassword = 194;

export function sendText(response: ServerResponse, facts: ServerFacts, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(text),
    'X-ClickHouse-Server-Display-Name': displayName,
    'X-ClickHouse-Timezone': facts.timezone,
  });
  response.end(text);
}

const displayName = 'obs';

function commonHeaders(facts: ServerFacts, queryId: string): Record<string, string> {
  return {
    'X-ClickHouse-Query-Id': queryId,
    'X-ClickHouse-Server-Display-Name': displayName,
    'X-ClickHouse-Timezone': facts.timezone,
    // Answers are data of the moment, and no page may read them as anything but what they are.
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
}

/** Of ClickHouse's counters those that the store knows. */
function summary(result: QueryAnswer['result']): string {
  return JSON.stringify({
    read_rows: String(result.rowsRead),
    read_bytes: String(result.bytesRead),
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    result_rows: '0',
    result_bytes: String(result.body.length),
    elapsed_ns: String(Math.round(result.elapsedMs * 1e6)),
  });
}
