import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

/** More have no number in a ZIP file's end; ZIP64 is not written. */
export const zipEntries = 65_535;

/** A ZIP file of deflated entries, in pieces. The whole must stay below 4 GiB. */
export function* zipFile(entries: Iterable<ZipEntry>): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const label = new TextEncoder().encode(name);
    const packed = deflateRawSync(content, { level: 1 });
    const about = fields([
      [2, 20],
      [2, 0x0800],
      [2, 8],
      [4, dosTime],
      [4, crc32(content)],
      [4, packed.length],
      [4, content.length],
      [2, label.length],
      [2, 0],
    ]);
    const local = concat([fields([[4, 0x04034b50]]), about, label]);
    directory.push(
      concat([
        fields([
          [4, 0x02014b50],
          [2, 20],
        ]),
        about,
        fields([
          [2, 0],
          [2, 0],
          [2, 0],
          [4, 0],
          [4, offset],
        ]),
        label,
      ]),
    );
    yield local;
    yield packed;
    offset += local.length + packed.length;
  }
  const listed = concat(directory);
  yield listed;
  yield fields([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, directory.length],
    [2, directory.length],
    [4, listed.length],
    [4, offset],
    [2, 0],
  ]);
}

/** 1980-01-01, the first day that ZIP knows: the same features make the same file. */
const dosTime = 0x00210000;

function fields(values: readonly (readonly [size: number, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.reduce((total, [size]) => total + size, 0)));
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
