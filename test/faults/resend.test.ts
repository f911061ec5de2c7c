import { expect, test } from 'vitest';
import { isClean } from '../../bench/fault/kill-loop.ts';
import { resend } from '../../bench/fault/resend/resend-run.ts';

test('requests that are sent again because their answers got lost are stored once', async () => {
  const verdict = await resend({ requests: 150, seed: 3, repeats: 'drop' });
  expect(isClean(verdict), JSON.stringify(verdict)).toBe(true);
  expect(verdict.repeated).toBeGreaterThan(0);
  expect(verdict.acknowledged).toBe(verdict.stored);
});
