import { describe, expect, test } from 'vitest';
import { SimulatedFile } from '../../../bench/fault/power/simulated-file.ts';
import { type PowerOptions, runPowerCuts } from '../../../bench/fault/power/power-run.ts';
import { seededRandom } from '../../support/random.ts';

async function sumOver(runs: number, lie: PowerOptions['lie']) {
  const total = { powerCuts: 0, acknowledged: 0, lost: 0, doubled: 0 };
  for (let seed = 1; seed <= runs; seed++) {
    const verdict = await runPowerCuts(seed, { lie });
    total.powerCuts += verdict.powerCuts;
    total.acknowledged += verdict.acknowledged;
    total.lost += verdict.lost;
    total.doubled += verdict.doubled;
  }
  return total;
}

describe('a power cut', () => {
  test('at any system call loses nothing that was acknowledged, and doubles nothing', async () => {
    const total = await sumOver(150, 'none');
    expect(total).toMatchObject({ lost: 0, doubled: 0 });
    expect(total.powerCuts).toBeGreaterThan(150);
    expect(total.acknowledged).toBeGreaterThan(1000);
  });

  test('loses acknowledged requests where bytes or names are not synced, so the simulation can tell', async () => {
    expect((await sumOver(15, 'no-data-sync')).lost).toBeGreaterThan(0);
    expect((await sumOver(15, 'no-folder-sync')).lost).toBeGreaterThan(0);
  });

  test('doubles what a store without tokens loaded, so the simulation can tell', async () => {
    expect((await sumOver(15, 'no-token')).doubled).toBeGreaterThan(0);
  });
});

describe('the simulated file', () => {
  const text = (file: SimulatedFile) => Buffer.from(file.bytes).toString();

  test('keeps what was synced, whatever the dice say', () => {
    for (let seed = 0; seed < 50; seed++) {
      const file = new SimulatedFile();
      file.write(Buffer.from('synced'), 0);
      file.beginSync().succeeded();
      file.write(Buffer.from('waiting'), 6);
      expect(text(file)).toBe('syncedwaiting');
      expect(text(file.afterPowerCut(seededRandom(seed)))).toMatch(/^synced/);
    }
  });

  test('takes a sync that failed for one that no later sync makes good, as the kernel does', () => {
    const kept = Array.from({ length: 50 }, (_, seed) => {
      const file = new SimulatedFile();
      file.write(Buffer.from('first'), 0);
      file.beginSync().failed();
      file.beginSync().succeeded();
      return text(file.afterPowerCut(seededRandom(seed)));
    });
    expect(new Set(kept).size).toBeGreaterThan(2);
  });
});
