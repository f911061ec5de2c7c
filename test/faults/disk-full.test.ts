import { expect, test } from 'vitest';
import { fillDisk, fillToTheCap, whyNoMount } from '../../bench/fault/disk-full.ts';

const why = whyNoMount();

test('a full spool: senders are told to come again, what was acknowledged is there, and it goes on by itself', async ({
  skip,
}) => {
  skip(why !== null, why ?? '');
  const outcome = await fillDisk('spool');
  expect(outcome).toMatchObject({
    verdict: 'ok',
    engineRestarts: 0,
    stored: outcome.acknowledged,
    warned: expect.stringContaining('left: senders are refused'),
  });
  expect(Object.keys(outcome.refusals).toSorted()).toEqual(['503, comes again', 'UNAVAILABLE, comes again']);
});

test('a full store: the spool takes what comes, and all of it is loaded once there is space', async ({ skip }) => {
  skip(why !== null, why ?? '');
  const outcome = await fillDisk('store');
  expect(outcome).toMatchObject({ verdict: 'ok', engineRestarts: 0, refusals: {}, stored: outcome.acknowledged });
  expect(outcome.acknowledged).toBeGreaterThan(0);
});

test('the disk cap drops the oldest days, logs each, and counts them in the status and in its own metrics', async () => {
  const outcome = await fillToTheCap('at a start');
  expect(outcome).toMatchObject({ verdict: 'ok', daysSent: 5, sent: 20_000, logged: true, inOwnMetrics: true });
  expect(outcome.daysLeft).toBeLessThan(5);
  expect(outcome.evictedRows).toBeGreaterThan(0);
});
