import { describe, expect, test } from 'vitest';
import { isClean, judge, runKillLoop } from '../../../bench/fault/kill-loop.ts';
import { spoolTarget } from '../../../bench/fault/spool-target.ts';
import { temporaryFolder } from './spool-fixture.ts';

test('kill -9 in ingest, again and again, loses no acknowledged row and doubles none', async () => {
  const folder = await temporaryFolder();
  const verdict = await runKillLoop(spoolTarget(folder, 50), {
    kills: 5,
    seed: 20,
    senders: 8,
    rows: 10,
    lifeMs: 900,
    victim: 'program',
  });
  expect(verdict).toMatchObject({ kills: 5, lost: 0, doubled: 0, rollupDiffers: 0 });
  expect(verdict.acknowledged).toBeGreaterThan(0);
  expect(verdict.stored).toBe(verdict.acknowledged);
}, 60_000);

describe('the judge of those kills', () => {
  const ledger = { acknowledged: new Map([[7, 3]]), nextRequest: 9, refused: 0, unanswered: 1 };
  const counts = (rows: number, distinct: number, calls: number) => ({
    stored: [{ request: 7, rows, distinct }],
    rollup: new Map([[7, calls]]),
    derivedDiffer: 0,
  });

  test('is content when everything is there once', () => {
    expect(isClean(judge(ledger, counts(3, 3, 3), 1))).toBe(true);
  });

  test('sees lost rows, and lost requests', () => {
    expect(judge(ledger, counts(2, 2, 2), 1)).toMatchObject({ acknowledged: 3, stored: 2, lost: 1, doubled: 0 });
    expect(judge(ledger, { stored: [], rollup: new Map(), derivedDiffer: 0 }, 1)).toMatchObject({ stored: 0, lost: 3 });
  });

  test('sees doubled rows, and those that only the rollup has', () => {
    expect(judge(ledger, counts(6, 3, 6), 1)).toMatchObject({ lost: 0, doubled: 3 });
    expect(judge(ledger, counts(3, 3, 6), 1)).toMatchObject({ lost: 0, doubled: 3, rollupDiffers: 1 });
    expect(isClean(judge(ledger, counts(3, 3, 2), 1))).toBe(false);
  });

  test('sees derived tables that differ from their source', () => {
    expect(isClean(judge(ledger, { ...counts(3, 3, 3), derivedDiffer: 1 }, 1))).toBe(false);
  });

  test('allows rows that were stored and never acknowledged', () => {
    const unanswered = { ...ledger, acknowledged: new Map<number, number>() };
    expect(judge(unanswered, counts(3, 3, 3), 1)).toMatchObject({ acknowledged: 0, storedUnanswered: 3, doubled: 0 });
  });
});
