import { expect, test } from 'vitest';
import { slowClients } from '../../bench/fault/slow-clients.ts';

test('beside 100 slow clients every good request is answered, in about the same time', async () => {
  const options = { clients: 100, rounds: 1, seconds: 2, rate: 40, arrivalMs: 500 };
  const { rows, answered, ratio, connected } = await slowClients(options);
  // Three phases; one that is not answered with yes throws.
  expect(answered).toBe(3 * options.seconds * options.rate);
  expect(connected).toBeGreaterThanOrEqual(options.clients);
  // Promised is 2 on a machine of its own (`npm run fault:slow-clients`); of 40 samples the p99 is the slowest one.
  const [both] = rows.slice(-1);
  expect(ratio, JSON.stringify(both)).toBeLessThan(20);
});
