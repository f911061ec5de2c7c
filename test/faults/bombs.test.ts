import { expect, test } from 'vitest';
import { sendBombs } from '../../bench/fault/bombs.ts';

/** Enough to pass every limit many times over, at the ratio of a gibibyte of zeros; ready in a moment. */
const zeros = 256 * 1024 * 1024;
/** One second is promised (`npm run fault:bombs`); beside other tests on the same cores it may be three. */
const mostMs = 3000;

test.each([
  ['HTTP', 'gzip'],
  ['gRPC', 'zstd'],
] as const)(
  'a bomb over %s, %s: refused at once by a daemon that grows 64 MiB at most and goes on',
  async (transport, encoding) => {
    const outcome = await sendBombs(transport, encoding, zeros, 1, mostMs);
    expect(outcome).toMatchObject({ ok: true, alive: true, answers: transport === 'HTTP' ? '413' : 'grpc 8' });
    expect(outcome['+ MiB']).toBeLessThanOrEqual(64);
    expect(Number.parseInt(outcome.ratio, 10)).toBeGreaterThan(1000);
  },
);
