import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';

/** Where a table comes from: a path, or the bytes of a stream. */
export type Source = string | AsyncIterable<Uint8Array>;

/** How a source is called in messages. */
export const sourceName = (source: Source): string => (typeof source === 'string' ? source : 'stdin');

/**
 * The text of a source in pieces: unpacked when its content is gzip, whatever its name says, and decoded as UTF-8, or
 * as UTF-16 when it begins with that byte order mark. No piece begins with the mark.
 *
 * @throws what the file system or the unpacking throws, after the pieces that could be read
 */
export async function* sourceText(source: Source): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const bytes of unpacked(typeof source === 'string' ? createReadStream(source) : source)) {
    decoder ??= new TextDecoder(encodingOf(bytes));
    const text = decoder.decode(bytes, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield rest;
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = atLeastTwoFirst(source);
  const first = await chunks.next();
  if (first.done === true) return;
  const all = startingWith(first.value, chunks);
  if (first.value[0] === 0x1f && first.value[1] === 0x8b) yield* gunzipped(all);
  else yield* all;
}

/** A failing source must fail the unpacking too: `pipe` alone would leave its reader waiting for ever. */
async function* gunzipped(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const packed = Readable.from(chunks, { objectMode: false });
  const gunzip = createGunzip();
  packed.once('error', (error) => gunzip.destroy(error));
  packed.pipe(gunzip);
  try {
    for await (const bytes of gunzip) yield bytes as Uint8Array;
  } finally {
    packed.destroy();
  }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* rest;
}

/** A pipe may give one byte at first; gzip and byte order marks need two. */
async function* atLeastTwoFirst(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array | undefined = new Uint8Array();
  for await (const bytes of source) {
    if (held === undefined) {
      yield bytes;
      continue;
    }
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    if (held.length < 2) continue;
    yield held;
    held = undefined;
  }
  if (held !== undefined && held.length > 0) yield held;
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}
