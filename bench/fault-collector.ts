/**
 * A real Collector feeds obs while obs is killed and started again, again and again.
 *
 *     npm run fault:collector -- --minutes 10
 *
 * Four routes at once (otlp and otlphttp, gzip and zstd, sending queues in memory and in files), three signals each.
 * Exit code 1 when a row is lost, or is there more often than the Collector sent it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findComponent, titleWith } from '../test/real/components.ts';
import { runCollectorKills } from './fault/collector/kill-run.ts';
import { failuresOf } from './fault/collector/verdict.ts';
import { amount, count, endWith, readFlags } from './support/flags.ts';

const flags = readFlags({
  minutes: amount(10),
  'life-ms': count(10_000),
  seed: count(1, 0),
  rows: count(50),
  'pause-ms': count(500, 0),
});
const binary = findComponent('collector');
if (binary === undefined) {
  process.stderr.write(`${titleWith('collector', 'fault:collector')}\n`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'obs-fault-collector-'));
const startedAt = performance.now();
const verdict = await runCollectorKills({
  binary,
  folder,
  daemon: [process.execPath, join(import.meta.dirname, '../bin/run.js'), 'up', '--foreground', '--json'],
  runMs: flags.minutes * 60_000,
  leastKills: 1,
  lifeMs: flags['life-ms'],
  seed: flags.seed,
  rows: flags.rows,
  pauseMs: flags['pause-ms'],
  drainMs: 120_000,
  onKill: (kills) => {
    if (kills % 10 === 0) process.stderr.write(`${kills} kills\n`);
  },
});
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
const sum = (of: 'sent' | 'stored' | 'lost' | 'copies' | 'doubledRows' | 'doubledByObs' | 'unanswered'): number =>
  verdict.streams.reduce((total, stream) => total + stream[of], 0);
const total = {
  seconds,
  kills: verdict.kills,
  engineKills: verdict.engineKills,
  drainSeconds: Math.round(verdict.drainedMs / 100) / 10,
  sent: sum('sent'),
  stored: sum('stored'),
  lost: sum('lost'),
  dropped: verdict.dropped.length,
  failedNotReached: failuresOf(verdict.failed, 'not-reached').length,
  failedRefused: failuresOf(verdict.failed, 'refused').length,
  failedUnanswered: sum('unanswered'),
  copies: sum('copies'),
  doubledRows: sum('doubledRows'),
  doubledByObs: sum('doubledByObs'),
  rollupDiffers: verdict.rollupDiffers,
};
const clean = total.lost === 0 && total.doubledByObs === 0 && total.dropped === 0 && total.rollupDiffers === 0;

if (flags.json) process.stdout.write(`${JSON.stringify({ ...total, clean, streams: verdict.streams })}\n`);
else {
  console.table(verdict.streams.map(({ stream, ...rest }) => ({ stream, ...rest })));
  console.table(total);
  console.table([
    ...new Set(
      verdict.failed.map(
        ({ failure, error }) => `${failure}: ${error.replaceAll(/127\.0\.0\.1:\d+|"http:[^"]*"/g, '…').slice(0, 160)}`,
      ),
    ),
  ]);
}
if (clean) rmSync(folder, { recursive: true, force: true });
else process.stderr.write(`not clean; the folder is kept: ${folder}\n`);
endWith(clean, total.sent);
