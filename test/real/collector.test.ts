import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCollectorKills } from '../../bench/fault/collector/kill-run.ts';
import { findComponent, titleWith } from './components.ts';

const binary = findComponent('collector');
const program = join(import.meta.dirname, '../../bin/run.js');

// The short form of `npm run fault:collector`, against the built program.
test.skipIf(binary === undefined)(
  titleWith(
    'collector',
    'a Collector loses nothing while obs is killed, and obs stores nothing twice of its own accord',
  ),
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'obs-collector-'));
    const verdict = await runCollectorKills({
      binary: binary!,
      folder,
      daemon: [process.execPath, program, 'up', '--foreground', '--json'],
      runMs: 0,
      leastKills: 2,
      lifeMs: 500,
      seed: 3,
      rows: 20,
      pauseMs: 100,
      drainMs: 40_000,
    });
    expect(verdict.kills).toBe(2);
    expect(verdict.dropped).toEqual([]);
    for (const { stream, sent, lost, doubledByObs } of verdict.streams) {
      expect({ stream, lost, doubledByObs }).toEqual({ stream, lost: 0, doubledByObs: 0 });
      expect(sent).toBeGreaterThan(0);
    }
    expect(verdict.rollupDiffers).toBe(0);
    rmSync(folder, { recursive: true });
  },
  90_000,
);
