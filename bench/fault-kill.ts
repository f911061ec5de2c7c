/**
 * Kills obs at random moments of ingest, again and again, and holds what was acknowledged against what is stored.
 *
 *     npm run fault:kill -- --kills 200
 *     npm run fault:kill -- --kills 20 --child "node bin/run.js up --foreground --json --otlp-grpc-port 0 --otlp-http-port 0 --query-port 0"
 *
 * Exit code 1 when a row is lost or doubled.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonTarget } from './fault/daemon-target.ts';
import { isClean, runKillLoop } from './fault/kill-loop.ts';
import { spoolTarget } from './fault/spool-target.ts';
import { count, endWith, oneOf, readFlags, text } from './support/flags.ts';

const flags = readFlags({
  kills: count(200),
  seed: count(1, 0),
  senders: count(16),
  rows: count(40),
  'life-ms': count(2000),
  'segment-age-ms': count(100),
  /** A daemon's command line; without it spool, loader and engine run in one child. */
  child: text,
  victim: oneOf('program', 'engine'),
  dir: text,
});

const folder = flags.dir ?? mkdtempSync(join(tmpdir(), 'obs-fault-'));
const target =
  flags.child === undefined
    ? spoolTarget(folder, flags['segment-age-ms'])
    : daemonTarget(flags.child.split(/\s+/), folder);
const startedAt = performance.now();
const verdict = await runKillLoop(target, {
  kills: flags.kills,
  seed: flags.seed,
  senders: flags.senders,
  rows: flags.rows,
  lifeMs: flags['life-ms'],
  victim: flags.victim,
  onKill: (kill, rows) => {
    if (kill % 10 === 0) process.stderr.write(`${kill} kills, ${rows} rows acknowledged\n`);
  },
});
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
const clean = isClean(verdict);

if (flags.json) process.stdout.write(`${JSON.stringify({ ...verdict, seconds, clean })}\n`);
else console.table({ ...verdict, seconds });
if (clean && flags.dir === undefined) rmSync(folder, { recursive: true, force: true });
else if (!clean) process.stderr.write(`rows lost or doubled; the folder is kept: ${folder}\n`);
endWith(clean, verdict.acknowledged);
