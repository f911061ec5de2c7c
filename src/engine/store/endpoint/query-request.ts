import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { exception, type ClickHouseException } from './exception.ts';

/** What one HTTP request asks of ClickHouse. */
export interface QueryRequest {
  readonly sql: string;
  /** Bytes after the statement, when the statement came in the URL: rows of an INSERT. */
  readonly data: Buffer;
  readonly parameters: Readonly<Record<string, string>>;
  /** As sent, unchecked. */
  readonly settings: Readonly<Record<string, string>>;
  readonly database: string | undefined;
  /** From `default_format` or `X-ClickHouse-Format`; a FORMAT clause goes before it. */
  readonly format: string | undefined;
  readonly queryId: string | undefined;
  readonly compress: boolean;
  /** Of the Native format that the client reads (`client_protocol_version`); 0 where it names none. */
  readonly revision: number;
}

/** Parameters of the interface itself, which are no settings. Sessions, roles and quotas have no meaning here. */
const ownParameters: ReadonlySet<string> = new Set(
  `query database default_format user password query_id session_id session_timeout session_check close_session
  compress decompress enable_http_compression quota_key client_protocol_version role buffer_size stacktrace
  wait_end_of_query`.split(/\s+/),
);

/** @throws ClickHouseException */
export function parseQueryRequest(request: IncomingMessage, url: URLSearchParams, body: Buffer): QueryRequest {
  if (/^multipart\/form-data/i.test(request.headers['content-type'] ?? '')) {
    throw exception('NOT_IMPLEMENTED', 'External data (multipart/form-data) is not taken; send the query as the body');
  }
  for (const name of ['compress', 'decompress']) {
    if (url.get(name) === '1') {
      throw exception(
        'NOT_IMPLEMENTED',
        `${name}=1 (ClickHouse's own block compression) is not offered; use gzip over HTTP`,
      );
    }
  }
  const parameters: Record<string, string> = {};
  const settings: Record<string, string> = {};
  for (const [name, value] of url) {
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value;
    else if (!ownParameters.has(name)) settings[name] = value;
  }
  const fromUrl = url.get('query') ?? '';
  const isInsert = carriesRows(url);
  return {
    sql: isInsert ? fromUrl : joined(fromUrl, textOf(body)),
    data: isInsert ? body : Buffer.alloc(0),
    parameters,
    settings,
    database: url.get('database') ?? headerText(request, 'x-clickhouse-database'),
    format: headerText(request, 'x-clickhouse-format') ?? url.get('default_format') ?? undefined,
    queryId: url.get('query_id') ?? headerText(request, 'x-clickhouse-query-id'),
    compress: url.get('enable_http_compression') === '1',
    revision: Number(/^\d{1,9}$/.exec(url.get('client_protocol_version') ?? '')?.[0] ?? 0),
  };
}

/** An INSERT in the URL: then the body is its rows, and not a part of the statement. */
export function carriesRows(url: URLSearchParams): boolean {
  return /^\s*INSERT\b/i.test(url.get('query') ?? '');
}

/** As ClickHouse reads them: the parameter first, then the body. */
function joined(fromUrl: string, fromBody: string): string {
  return fromUrl === '' || fromBody === '' ? fromUrl + fromBody : `${fromUrl}\n${fromBody}`;
}

function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw exception('BAD_ARGUMENTS', 'The query is not UTF-8');
  return body.toString('utf8');
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const decoders: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/**
 * The body, decompressed, up to `limit` bytes.
 * @throws ClickHouseException
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const body = await collect(request, limit);
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || body.length === 0) return body;
  const decode = decoders[encoding];
  if (decode === undefined) {
    throw exception('BAD_ARGUMENTS', `Unknown Content-Encoding ${encoding}; gzip, deflate, br and zstd are known`);
  }
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(limit);
    throw exception(
      'BAD_ARGUMENTS',
      `The body is not ${encoding}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** By events: leaving an async iteration early would close the socket before the answer is sent. */
function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(tooLarge(limit));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

function tooLarge(limit: number): ClickHouseException {
  return exception('QUERY_IS_TOO_LARGE', `The body is larger than ${limit} bytes`);
}
