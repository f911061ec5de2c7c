import { expect, test } from 'vitest';
import { makeCorpus } from '../../../bench/fault/fuzz/corpus.ts';
import { entryPoints, InProcess } from '../../../bench/fault/fuzz/in-process.ts';

/** 10 million, and over sockets: npm run fault:fuzz. */
test('mutated inputs are taken or refused, by every function that sees a sender’s bytes', () => {
  const target = new InProcess(makeCorpus(1));
  const seen = new Set<string>();
  for (let seed = 0; seed < 8000; seed++) {
    const { entry, verdict } = target.run(seed);
    seen.add(entry);
    if (typeof verdict !== 'string') throw new Error(`${entry}, seed ${seed}`, { cause: verdict.crash });
  }
  expect([...seen].sort()).toEqual([...entryPoints].sort());
});
