import type { Random } from '../../../test/support/random.ts';

const telling = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x22, 0x7b, 0x5b, 0x2c, 0x0d];

/** One to five changes of a copy: bits, bytes, cuts, repetitions, pieces of another input. */
export function mutate(input: Buffer, others: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let changes = 1 + random.int(5); changes > 0; changes--) bytes = change(bytes, others, random);
  return bytes;
}

function change(bytes: Buffer, others: readonly Buffer[], random: Random): Buffer {
  const at = random.int(bytes.length + 1);
  const size = 1 + random.int(random.int(8) === 0 ? 200 : 8);
  const before = bytes.subarray(0, at);
  switch (random.int(8)) {
    case 0:
    case 1:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.int(8));
      return bytes;
    case 2:
      if (at < bytes.length) bytes[at] = random.pick(telling);
      return bytes;
    case 3:
      for (let i = at; i < Math.min(at + size, bytes.length); i++) bytes[i] = random.int(256);
      return bytes;
    case 4:
      return Buffer.concat([before, bytes.subarray(at + size)]);
    case 5:
      return Buffer.concat([before, bytes.subarray(Math.max(0, at - size), at), bytes.subarray(at)]);
    case 6: {
      const other = random.pick(others);
      const from = random.int(other.length + 1);
      return Buffer.concat([before, other.subarray(from, from + size * 4), bytes.subarray(at)]);
    }
    default:
      return random.int(4) === 0 ? before : bytes;
  }
}
