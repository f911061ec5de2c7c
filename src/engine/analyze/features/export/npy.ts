/** Arrays as NumPy's `.npy` files (format 1.0): what `numpy.load` reads. */

export const float64Array = (values: Float64Array, shape: readonly number[]): Uint8Array =>
  npy('<f8', shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

export const int64Array = (values: BigInt64Array, shape: readonly number[]): Uint8Array =>
  npy('<i8', shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));

export const uint8Array = (values: Uint8Array, shape: readonly number[]): Uint8Array => npy('|u1', shape, values);

/** Texts are code points of 4 bytes, all as long as the longest. */
export function textArray(texts: readonly string[], shape: readonly number[]): Uint8Array {
  const points = texts.map((text) => [...text].map((character) => character.codePointAt(0) ?? 0));
  const width = Math.max(1, ...points.map(({ length }) => length));
  const bytes = new DataView(new ArrayBuffer(texts.length * width * 4));
  points.forEach((line, row) => {
    line.forEach((point, column) => bytes.setUint32((row * width + column) * 4, point, true));
  });
  return npy(`<U${width}`, shape, new Uint8Array(bytes.buffer));
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

function npy(type: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  // Data begin at a multiple of 64, after a line break.
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const header = `${dictionary.padEnd(length - 1)}\n`;
  const file = new Uint8Array(10 + length + data.length);
  file.set(magic);
  new DataView(file.buffer).setUint16(8, length, true);
  file.set(new TextEncoder().encode(header), 10);
  file.set(data, 10 + length);
  return file;
}
