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
import { parseArgs } from 'node:util';
import { daemonTarget } from './fault/daemon-target.ts';
import { isClean, runKillLoop } from './fault/kill-loop.ts';
import { spoolTarget } from './fault/spool-target.ts';

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    senders: { type: 'string', default: '16' },
    rows: { type: 'string', default: '40' },
    'life-ms': { type: 'string', default: '2000' },
    'segment-age-ms': { type: 'string', default: '100' },
    /** A daemon's command line; without it spool, loader and engine run in one child. */
    child: { type: 'string' },
    victim: { type: 'string', default: 'program' },
    dir: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const folder = flags.dir ?? mkdtempSync(join(tmpdir(), 'obs-fault-'));
const target =
  flags.child === undefined
    ? spoolTarget(folder, Number(flags['segment-age-ms']))
    : daemonTarget(flags.child.split(/\s+/), folder);
const startedAt = performance.now();
const verdict = await runKillLoop(target, {
  kills: Number(flags.kills),
  seed: Number(flags.seed),
  senders: Number(flags.senders),
  rows: Number(flags.rows),
  lifeMs: Number(flags['life-ms']),
  victim: flags.victim === 'engine' ? 'engine' : 'program',
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
process.exitCode = clean ? 0 : 1;
