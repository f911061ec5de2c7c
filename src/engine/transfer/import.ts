import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Effect, Schedule } from 'effect';
import { BadInput, EngineUnavailable } from '../domain/errors.ts';
import { type Signal, signals } from '../domain/signals.ts';
import { requestsIn } from './protobuf-requests.ts';
import { type Ask, askWith } from '../net/http-ask.ts';

export interface ImportCounts {
  readonly requests: number;
  readonly bytes: number;
  /** Items that the receiver refused one by one, with its words. */
  readonly rejected: number;
  readonly messages: readonly string[];
}

/** Where requests go, and how. */
interface Receiver {
  readonly endpoint: string;
  readonly ask: Ask;
}

/** A file is read whole: a gzip bomb, or more than a string can hold, is refused. */
const largestFile = 512 * 1024 * 1024 - 1024;
const none: ImportCounts = { requests: 0, bytes: 0, rejected: 0, messages: [] };
const requestKeys: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
};
/** While the receiver says "later" (429, 503) the import waits; about a minute in all. */
const patience = Schedule.spaced('500 millis').pipe(Schedule.upTo({ times: 120 }));

/**
 * Sends a file of OTLP requests to the receiver: one JSON request (pretty-printed or not), JSON lines, or one protobuf
 * request; any of them gzipped. Goes through the front door, so everything counts and is durable as if an SDK had sent it.
 * @param path `-` for standard input
 * @param signal of a protobuf request, which does not say it itself; otherwise read from the file's name
 * @param ask how requests are sent, where the receiver asks for more than an address
 */
export const importFile = Effect.fnUntraced(function* (
  path: string,
  endpoint: string,
  signal: Signal | undefined,
  ask: Ask = askWith({}),
): Effect.fn.Return<ImportCounts, BadInput | EngineUnavailable> {
  const receiver: Receiver = { endpoint, ask };
  const content = yield* readWhole(path);
  const start = content.subarray(0, 64).toString('latin1').trimStart();
  if (content.length === 0) return none;
  if (!start.startsWith('{')) {
    const kind = signal ?? signals.find((name) => basename(path).includes(name));
    if (kind === undefined) {
      return yield* new BadInput({
        what: `Cannot tell what ${path} holds`,
        why: 'a protobuf request does not say its signal, nor does the name of the file',
        hint: 'obs import --signal traces|logs|metrics FILE',
      });
    }
    let counts = none;
    for (const request of requestsIn(content, kind)) {
      counts = add(counts, yield* send(receiver, kind, 'application/x-protobuf', request));
    }
    return counts;
  }
  const single = parseRequest(content.toString('utf8'));
  if (single !== null) return yield* sendJson(receiver, single, content, path, 1);
  let counts = none;
  let lineNumber = 0;
  for (const line of content.toString('utf8').split('\n')) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const request = parseRequest(line);
    if (request === null) {
      return yield* new BadInput({
        what: `Line ${lineNumber} of ${path} is not JSON`,
        why: `${counts.requests} requests before it were sent`,
        hint: 'Each line must be one whole OTLP/JSON request',
      });
    }
    counts = add(counts, yield* sendJson(receiver, request, Buffer.from(line), path, lineNumber));
  }
  return counts;
});

/** Sends the request as it was written where it has one signal: parsing it would round integers beyond 2^53. */
const sendJson = Effect.fnUntraced(function* (
  receiver: Receiver,
  request: object,
  written: Buffer,
  path: string,
  lineNumber: number,
) {
  const present = Object.entries(requestKeys).filter(([key]) => key in request);
  if (present.length === 0) {
    return yield* new BadInput({
      what: `Request ${lineNumber} of ${path} is no OTLP request`,
      why: `it has none of ${Object.keys(requestKeys).join(', ')}`,
      hint: 'See the examples of opentelemetry-proto',
    });
  }
  const [only, ...others] = present;
  if (only !== undefined && others.length === 0) return yield* send(receiver, only[1], 'application/json', written);
  let counts = none;
  for (const [key, signal] of present) {
    const body = Buffer.from(JSON.stringify({ [key]: (request as Record<string, unknown>)[key] }));
    counts = add(counts, yield* send(receiver, signal, 'application/json', body));
  }
  return counts;
});

const send = Effect.fnUntraced(function* (
  { endpoint, ask }: Receiver,
  signal: Signal,
  contentType: string,
  body: Buffer,
): Effect.fn.Return<ImportCounts, BadInput | EngineUnavailable> {
  const url = `${endpoint}/v1/${signal}`;
  const answer = yield* Effect.tryPromise({
    try: (abort) => {
      // Always asked to answer in JSON's way: a protobuf answer is only looked at for its status.
      return ask(url, { method: 'POST', headers: { 'content-type': contentType }, body, signal: abort });
    },
    catch: (error) =>
      new EngineUnavailable({ endpoint: url, reason: error instanceof Error ? error.message : String(error) }),
  }).pipe(
    Effect.filterOrFail(
      ({ status }) => status !== 429 && status !== 503,
      () => new EngineUnavailable({ endpoint: url, reason: 'it cannot take more now' }),
    ),
    Effect.retry(patience),
  );
  if (answer.status !== 200) {
    return yield* new BadInput({
      what: `The receiver refused a ${signal} request (${answer.status})`,
      why:
        contentType === 'application/json' ? messageIn(answer.text) : `it is no readable protobuf request of ${signal}`,
      hint: 'Check that the file holds OTLP requests, and the --signal of a protobuf file',
    });
  }
  const partial = contentType === 'application/json' ? partialSuccessOf(answer.text) : null;
  return {
    requests: 1,
    bytes: body.length,
    rejected: partial?.rejected ?? 0,
    messages: partial === null ? [] : [partial.message],
  };
});

function parseRequest(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

const readWhole = (path: string): Effect.Effect<Buffer, BadInput> =>
  Effect.tryPromise({
    try: async () => {
      const bytes = path === '-' ? Buffer.concat(await Array.fromAsync(process.stdin)) : await readFile(path);
      const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
      return gzipped ? gunzipSync(bytes, { maxOutputLength: largestFile }) : bytes;
    },
    catch: (error) =>
      new BadInput({
        what: `Cannot read ${path}`,
        why: error instanceof Error ? error.message : String(error),
        hint: 'obs import FILE…, or - for standard input',
      }),
  });

function partialSuccessOf(text: string): { rejected: number; message: string } | null {
  const { partialSuccess } = JSON.parse(text) as { partialSuccess?: Record<string, string | number> };
  if (partialSuccess === undefined) return null;
  const rejected = Object.entries(partialSuccess).find(([key]) => key.startsWith('rejected'))?.[1];
  return { rejected: Number(rejected ?? 0), message: String(partialSuccess['errorMessage'] ?? '') };
}

function messageIn(text: string): string {
  const status = parseRequest(text) as { message?: string } | null;
  return status?.message ?? text;
}

function add(a: ImportCounts, b: ImportCounts): ImportCounts {
  return {
    requests: a.requests + b.requests,
    bytes: a.bytes + b.bytes,
    rejected: a.rejected + b.rejected,
    messages: [...a.messages, ...b.messages].slice(0, 10),
  };
}
