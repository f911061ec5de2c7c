import { expect, test } from 'vitest';
import { troubleRemote } from '../../../bench/fault/stall/remote-troubles.ts';
import { stallEngine } from '../../../bench/fault/stall/stalled-engine.ts';

const kept = { refused: 0, unanswered: 0, lost: 0, doubled: 0, rollupDiffers: 0, outOfOrder: 0 };

test('an engine that stands still is noticed by no sender, and drained in order when it goes on', async () => {
  const verdict = await stallEngine(800);
  expect(verdict).toMatchObject(kept);
  expect(verdict.acknowledgedInStall).toBeGreaterThan(0);
}, 60_000);

test('a ClickHouse that loses answers and refuses a table gets every row once, and its other tables meanwhile', async () => {
  const verdict = await troubleRemote(2000, ['lost-answers', 'refuse-table']);
  expect(verdict).toMatchObject(kept);
  expect(verdict.troubledRequests).toBeGreaterThan(0);
  expect(verdict.spansLoadedBesides).toBeGreaterThan(0);
}, 60_000);
