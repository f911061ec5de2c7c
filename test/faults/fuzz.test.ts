import { expect, test } from 'vitest';
import { makeCorpus } from '../../bench/fault/fuzz/corpus.ts';
import { overSockets } from '../../bench/fault/fuzz/sockets-run.ts';

test('mutated inputs over the sockets of a daemon: no crash, no 5xx', async () => {
  const seed = 20_260_101;
  const bad: string[] = [];
  const { same, rows } = await overSockets({
    corpus: makeCorpus(seed),
    seed,
    inputs: 400,
    save: (what, input) => bad.push(`${what}: ${input.toString('base64')}`),
  });
  expect(bad).toEqual([]);
  expect(same).toBe(true);
  for (const row of rows) expect(row.inputs, row['over sockets']).toBeGreaterThan(0);
});
