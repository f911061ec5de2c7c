import { expect, test } from 'vitest';
import { damageStores } from '../../bench/fault/damage.ts';
import { damageCases } from '../../bench/fault/damage-cases.ts';

test('a damaged part is named by status and doctor of a daemon that starts, has the other rows, and takes more', async () => {
  const stopped = damageCases.filter(({ name }) => name === 'columns.txt: zeros');
  const running = damageCases.filter(({ name }) => name === 'data.bin: cut in half');
  const outcomes = await damageStores({ rounds: 2, rowsEach: 100, stopped, running });
  expect(outcomes).toHaveLength(2);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      verdict: 'ok',
      rowsBefore: 200,
      rowsAfter: 100,
      doctorSays: true,
      takesMore: true,
      engineRestarts: 0,
    });
    expect(outcome.saidAfterMs, outcome.case).not.toBeNull();
  }
});
