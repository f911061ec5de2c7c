/**
 * Cuts the power of a simulated disk under the real spool and loader, again and again, each run from a seed of its own.
 *
 *     npm run fault:power -- --runs 10000 --seed 1
 *     npm run fault:power -- --runs 500 --lie no-data-sync     must find lost rows: the simulation can fail
 *
 * Exit code 1 when a request that was acknowledged is lost or stored twice; the first seeds that show it are printed.
 */
import { parseArgs } from 'node:util';
import { type PowerOptions, type PowerVerdict, runPowerCuts } from './fault/power/power-run.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    lie: { type: 'string', default: 'none' },
    json: { type: 'boolean', default: false },
  },
});

const lies: readonly PowerOptions['lie'][] = ['none', 'no-data-sync', 'no-folder-sync', 'no-token'];
const lie = lies.find((known) => known === flags.lie);
if (lie === undefined) throw new Error(`--lie is one of ${lies.join(', ')}`);

const startedAt = performance.now();
const total = {
  powerCuts: 0,
  kills: 0,
  acknowledged: 0,
  refused: 0,
  lost: 0,
  setAside: 0,
  doubled: 0,
  storedUnanswered: 0,
};
const badSeeds: number[] = [];
for (let run = 0; run < Number(flags.runs); run++) {
  const seed = Number(flags.seed) + run;
  const verdict = await runPowerCuts(seed, { lie });
  for (const name of Object.keys(total) as (keyof PowerVerdict)[]) total[name] += verdict[name];
  if (verdict.lost + verdict.doubled > 0) badSeeds.push(seed);
}
const result = {
  runs: Number(flags.runs),
  lie,
  ...total,
  badRuns: badSeeds.length,
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
};
if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result);
if (badSeeds.length > 0) process.stderr.write(`lost or doubled with the seeds ${badSeeds.slice(0, 10).join(', ')}\n`);
process.exitCode = badSeeds.length === 0 ? 0 : 1;
