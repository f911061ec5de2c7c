import { expect, test } from 'vitest';
import { runAway } from '../../bench/fault/runaway.ts';
import { shapes } from '../../bench/fault/runaway-shapes.ts';

/** One second is promised (`npm run fault:runaway`); beside other tests on the same cores it may be more. */
const graceMs = 5000;
const few = ['endless sum over all cores', 'edit distance, one block for long', 'range of 50 million', 'sleepEachRow'];

test('runaway statements end soon after their limit, those that work on one block for long too; others are answered meanwhile', async () => {
  const chosen = shapes.filter(({ name }) => few.includes(name));
  expect(chosen).toHaveLength(few.length);
  const outcomes = await runAway({ limitSeconds: 1, graceMs, shapes: chosen, besides: false });
  for (const { shape, answer, others, engineRestarts, verdict } of outcomes) {
    expect({ shape, verdict, engineRestarts, failed: others.failed }).toEqual({
      shape,
      verdict: 'ok',
      engineRestarts: 0,
      failed: 0,
    });
    expect(['159', '497', '69'], shape).toContain(answer);
    expect(others.count, shape).toBeGreaterThan(0);
  }
});

test('a statement that only the end of the engine stops is ended so; its sender has its answer, and the engine is back', async () => {
  const chosen = shapes.filter(({ stoppedBy }) => stoppedBy === 'restart');
  expect(chosen).toHaveLength(1);
  const [outcome] = await runAway({ limitSeconds: 1, graceMs, shapes: chosen, besides: false });
  expect(outcome).toMatchObject({ answer: '159', engineRestarts: 1, verdict: 'ok' });
});
