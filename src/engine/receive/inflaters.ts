import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** A decompressing stream of Node. */
export type ZlibStream = Transform &
  zlib.Zlib & {
    /** Makes it ready for another body; Node has it for gzip and deflate only. */
    reset?: () => void;
  };

export interface Algorithm {
  readonly name: string;
  readonly create: () => ZlibStream;
  readonly reusable: boolean;
  /** The flush that says "this was all", and fails when the input is cut short. */
  readonly finish: number;
}

/** How much one step of decompression hands out. Larger steps mean fewer hops to the thread pool. */
const chunkSize = 128 * 1024;

/** RFC 8878 asks decoders to take windows of 8 MiB; a frame that wants more would have us allocate up to 128 MiB. */
const zstdWindowLog = 23;

const { Z_FINISH, BROTLI_OPERATION_FINISH, ZSTD_e_end, ZSTD_d_windowLogMax } = zlib.constants;

function table(): Algorithm[] {
  const known: Algorithm[] = [
    { name: 'gzip', create: () => zlib.createGunzip({ chunkSize }), reusable: true, finish: Z_FINISH },
    { name: 'deflate', create: () => zlib.createInflate({ chunkSize }), reusable: true, finish: Z_FINISH },
    {
      name: 'br',
      create: () => zlib.createBrotliDecompress({ chunkSize }),
      reusable: false,
      finish: BROTLI_OPERATION_FINISH,
    },
  ];
  // Node has zstd since 22.15.
  if (typeof zlib.createZstdDecompress === 'function') {
    const params = { [ZSTD_d_windowLogMax]: zstdWindowLog };
    const create = (): ZlibStream => zlib.createZstdDecompress({ chunkSize, params });
    known.push({ name: 'zstd', create, reusable: false, finish: ZSTD_e_end });
  }
  return known;
}

const algorithms = new Map(table().map((algorithm) => [algorithm.name, algorithm]));

/** The names for `Accept-Encoding` and `grpc-accept-encoding`. */
export const knownCompressions: string = [...algorithms.keys(), 'identity'].join(', ');

/**
 * The algorithm of a `Content-Encoding` or `grpc-encoding`: null when there is nothing to do, undefined when the name is
 * not known (which includes lists of several).
 */
export function algorithmOf(encoding: string | undefined): Algorithm | null | undefined {
  if (encoding === undefined) return null;
  const name = encoding.trim().toLowerCase();
  return name === '' || name === 'identity' ? null : algorithms.get(name);
}
