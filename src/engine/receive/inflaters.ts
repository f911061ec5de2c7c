import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** How much one step of decompression hands out. Larger steps mean fewer hops to the thread pool. */
const chunkSize = 128 * 1024;

/** RFC 8878 asks decoders to take windows of 8 MiB; a frame that wants more would have us allocate up to 128 MiB. */
const zstdWindowLog = 23;

function table(): ReadonlyMap<string, (() => Transform) | null> {
  const known = new Map<string, (() => Transform) | null>([
    ['gzip', () => zlib.createGunzip({ chunkSize })],
    ['deflate', () => zlib.createInflate({ chunkSize })],
    ['br', () => zlib.createBrotliDecompress({ chunkSize })],
    ['identity', null],
  ]);
  // Node has had zstd since 22.15; the package runs from 22.13 on.
  if (typeof zlib.createZstdDecompress === 'function') {
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: zstdWindowLog };
    known.set('zstd', () => zlib.createZstdDecompress({ chunkSize, params }));
  }
  return known;
}

const inflaters = table();

/** The names for `Accept-Encoding` and `grpc-accept-encoding`. */
export const knownCompressions: string = [...inflaters.keys()].join(', ');

/**
 * The decompressor for a `Content-Encoding` or `grpc-encoding`: null when there is nothing to do, undefined when the
 * name is not known (which includes lists of several).
 */
export function inflaterFor(encoding: string | undefined): (() => Transform) | null | undefined {
  if (encoding === undefined || encoding === '') return null;
  return inflaters.get(encoding.trim().toLowerCase());
}
