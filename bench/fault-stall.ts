/**
 * The engine stands still for a minute; then a remote ClickHouse that is down, slow, loses answers and refuses a table.
 *
 *     npm run fault:stall -- --stall-ms 60000 --phase-ms 6000
 *
 * Exit code 1 when a request is refused, or a row lost, doubled, or loaded before older ones of its table.
 */
import { isClean } from './fault/kill-loop.ts';
import { troubleRemote } from './fault/stall/remote-troubles.ts';
import { stallEngine } from './fault/stall/stalled-engine.ts';
import { count, endWith, readFlags } from './support/flags.ts';

const flags = readFlags({ 'stall-ms': count(60_000), 'phase-ms': count(6000) });

const engine = await stallEngine(flags['stall-ms']);
const remote = await troubleRemote(flags['phase-ms']);
if (flags.json) process.stdout.write(`${JSON.stringify({ engine, remote })}\n`);
else console.table({ engine, remote });
const kept = [engine, remote].every(
  (verdict) => isClean(verdict) && verdict.refused + verdict.unanswered + verdict.outOfOrder === 0,
);
endWith(kept, Math.min(engine.acknowledged, remote.acknowledged));
