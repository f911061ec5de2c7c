/**
 * The engine stands still for a minute; then a remote ClickHouse that is down, slow, loses answers and refuses a table.
 *
 *     npm run fault:stall -- --stall-ms 60000 --phase-ms 6000
 *
 * Exit code 1 when a request is refused, or a row lost, doubled, or loaded before older ones of its table.
 */
import { parseArgs } from 'node:util';
import { isClean } from './fault/kill-loop.ts';
import { troubleRemote } from './fault/stall/remote-troubles.ts';
import { stallEngine } from './fault/stall/stalled-engine.ts';

const { values: flags } = parseArgs({
  options: {
    'stall-ms': { type: 'string', default: '60000' },
    'phase-ms': { type: 'string', default: '6000' },
    json: { type: 'boolean', default: false },
  },
});

const engine = await stallEngine(Number(flags['stall-ms']));
const remote = await troubleRemote(Number(flags['phase-ms']));
if (flags.json) process.stdout.write(`${JSON.stringify({ engine, remote })}\n`);
else console.table({ engine, remote });
const kept = [engine, remote].every(
  (verdict) => isClean(verdict) && verdict.refused + verdict.unanswered + verdict.outOfOrder === 0,
);
process.exitCode = kept ? 0 : 1;
