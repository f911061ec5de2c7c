/**
 * Cuts the power of a simulated disk under the real spool and loader, again and again, each run from a seed of its own.
 *
 *     npm run fault:power -- --runs 10000 --seed 1
 *     npm run fault:power -- --runs 500 --lie no-data-sync     must find lost rows: the simulation can fail
 *
 * Exit code 1 when a request that was acknowledged is lost or stored twice; the first seeds that show it are printed.
 */
import { type PowerVerdict, runPowerCuts } from './fault/power/power-run.ts';
import { count, endWith, oneOf, readFlags } from './support/flags.ts';

const flags = readFlags({
  runs: count(10_000),
  seed: count(1, 0),
  lie: oneOf('none', 'no-data-sync', 'no-folder-sync', 'no-token'),
});

const { lie } = flags;
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
for (let run = 0; run < flags.runs; run++) {
  const seed = flags.seed + run;
  const verdict = await runPowerCuts(seed, { lie });
  for (const name of Object.keys(total) as (keyof PowerVerdict)[]) total[name] += verdict[name];
  if (verdict.lost + verdict.doubled > 0) badSeeds.push(seed);
}
const result = {
  runs: flags.runs,
  lie,
  ...total,
  badRuns: badSeeds.length,
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
};
if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result);
if (badSeeds.length > 0) process.stderr.write(`lost or doubled with the seeds ${badSeeds.slice(0, 10).join(', ')}\n`);
endWith(badSeeds.length === 0, total.acknowledged);
