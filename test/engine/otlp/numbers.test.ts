import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteBuffer } from '../../../src/engine/otlp/columns/byte-buffer.ts';
import { appendDouble, appendInteger } from '../../../src/engine/otlp/decode/numbers.ts';

function written(write: (out: ByteBuffer) => void): string {
  const out = new ByteBuffer(1);
  write(out);
  expect(out.bytes[0]).toBe(out.length - 1);
  return Buffer.from(out.bytes.subarray(1, out.length)).toString('latin1');
}

test('doubles are written as ECMAScript writes them', () => {
  const few = fc.tuple(fc.integer(), fc.constantFrom(1, 10, 100, 1000, 10_000)).map(([digits, unit]) => digits / unit);
  const border = fc.constantFrom(
    2_147_483.647,
    2_147_483.648,
    -2_147_483.647,
    0.0005,
    0.001,
    1e21,
    1e-7,
    5e-324,
    0.1 + 0.2,
  );
  fc.assert(
    fc.property(fc.oneof(few, border, fc.double()), (value) => {
      expect(written((out) => appendDouble(out, value))).toBe(Object.is(value, -0) ? '-0' : String(value));
    }),
    { numRuns: 5000 },
  );
});

test('integers keep all 64 bits', () => {
  const near = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -2, max: 2 }), fc.boolean());
  const border = near.map(([bits, off, negative]) =>
    BigInt.asIntN(64, (negative ? -1n : 1n) * 2n ** BigInt(bits) + BigInt(off)),
  );
  fc.assert(
    fc.property(fc.oneof(border, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer().map(BigInt)), (value) => {
      const [low, high] = [Number(BigInt.asIntN(32, value)), Number(value >> 32n)];
      expect(written((out) => appendInteger(out, low, high))).toBe(String(value));
    }),
    { numRuns: 5000 },
  );
});
