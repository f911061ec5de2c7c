import type { Random } from '../../../test/support/random.ts';

/** A segment as it was written: its bytes, and where each of its frames begins. */
export interface Written {
  readonly bytes: Buffer;
  /** Offsets of the frames, and the length of the whole at the end. */
  readonly starts: readonly number[];
}

export interface Mutated {
  readonly bytes: Buffer;
  /** Frames that are still there as they were written, and where they are now. */
  readonly untouched: readonly { readonly frame: number; readonly at: number }[];
}

/** Digits in a frame's header, counted from the end of its two varints and its name's length: see spool/frame.ts. */
const nameAt = 3;
const digits = { bytes: nameAt + 8, rows: nameAt + 17, checksum: nameAt + 26 } as const;

type Mutate = (written: Written, random: Random) => Mutated;

/** Overwrites in place: a frame is untouched when none of its bytes changed. */
const overwrite =
  (change: (bytes: Buffer, written: Written, random: Random) => void): Mutate =>
  (written, random) => {
    const bytes = Buffer.from(written.bytes);
    change(bytes, written, random);
    return { bytes, untouched: framesOf(written).filter(({ from, to }) => isSame(bytes, written.bytes, from, to)) };
  };

function framesOf({ starts }: Written) {
  return starts.slice(0, -1).map((from, frame) => ({ frame, at: from, from, to: starts[frame + 1] ?? from }));
}

const isSame = (a: Buffer, b: Buffer, from: number, to: number): boolean =>
  a.subarray(from, to).equals(b.subarray(from, to));

const cutAt = (written: Written, length: number): Mutated => ({
  bytes: written.bytes.subarray(0, length),
  untouched: framesOf(written).filter(({ to }) => to <= length),
});

const changeDigit =
  (place: keyof typeof digits): Mutate =>
  (written, random) =>
    overwrite((bytes, { starts }) => {
      const at = random.pick(starts.slice(0, -1)) + digits[place] + random.int(8);
      bytes[at] = '0123456789abcdef'.replace(String.fromCharCode(bytes[at] ?? 0), '').charCodeAt(random.int(15));
    })(written, random);

/** Ways in which a segment's bytes can be other than were written. */
export const mutations: Readonly<Record<string, Mutate>> = {
  'cut at any byte': (written, random) => cutAt(written, random.int(written.bytes.length)),
  'cut at or beside a boundary': (written, random) =>
    cutAt(written, Math.max(0, Math.min(written.bytes.length, random.pick(written.starts) + random.int(3) - 1))),
  'zero length': (written) => cutAt(written, 0),
  'one bit flipped': overwrite((bytes, _, random) => {
    const at = random.int(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(8));
  }),
  'a stretch of random bytes': overwrite((bytes, _, random) => {
    const from = random.int(bytes.length);
    for (let at = from; at < Math.min(bytes.length, from + 600); at++) bytes[at] = random.int(256);
  }),
  'a stretch of zeros': overwrite((bytes, _, random) => {
    const from = random.int(bytes.length);
    bytes.fill(0, from, Math.min(bytes.length, from + 1 + random.int(600)));
  }),
  'a sector of another place': overwrite((bytes, _, random) => {
    const sector = () => 512 * random.int(Math.max(1, Math.floor(bytes.length / 512)));
    const from = sector();
    bytes.copy(bytes, sector(), from, from + 512);
  }),
  'a wrong checksum': changeDigit('checksum'),
  'a wrong length': changeDigit('bytes'),
  'a wrong number of rows': changeDigit('rows'),
  'bytes after the end': (written, random) => ({
    bytes: Buffer.concat([
      written.bytes,
      Buffer.from(Array.from({ length: 1 + random.int(300) }, () => random.int(256))),
    ]),
    untouched: framesOf(written),
  }),
  'bytes between frames': (written, random) => {
    const frames = framesOf(written);
    const before = 1 + random.int(frames.length - 1);
    const split = written.starts[before] ?? 0;
    const junk = Buffer.from(Array.from({ length: 1 + random.int(200) }, () => random.int(256)));
    return {
      bytes: Buffer.concat([written.bytes.subarray(0, split), junk, written.bytes.subarray(split)]),
      untouched: frames.map(({ frame, at }) => ({ frame, at: frame < before ? at : at + junk.length })),
    };
  },
  'another format': (_, random) => ({
    bytes: Buffer.from(`PAR1${'columns and rows of another program '.repeat(1 + random.int(50))}`),
    untouched: [],
  }),
};
