/**
 * Tries to reach a file, the network or another database through the query endpoint: with every way that has a name, with
 * every table function, function, setting, format, engine, table and keyword of the engine at hand, and with statements
 * that a grammar makes. Canaries on the disk, on a port and in the engine tell what was reached.
 *
 *     npm run fault:sql -- --fuzz 100000 --seed 1
 *
 * Exit code 1 when a canary was reached, when the store changed, or when the canaries do not work.
 */
import { controlCases, namedCases } from './fault/sql/cases.ts';
import { enumeratedCases } from './fault/sql/enumerated.ts';
import { fuzzCases, tryAll } from './fault/sql/run.ts';
import { startSqlTarget } from './fault/sql/target.ts';
import { printTable } from './support/report.ts';
import { amount, count, endWith, readFlags } from './support/flags.ts';

const flags = readFlags({
  fuzz: count(50_000, 0),
  seed: count(1, 0),
  /** Of what the engine has, this share. */
  share: amount(1, 1),
});

const startedAt = performance.now();
await using target = await startSqlTarget();
const before = await target.snapshot();
const named = namedCases(target.canaries);
const outcomes = [
  await tryAll(target, named),
  await tryAll(target, await enumeratedCases(target, flags.share)),
  await tryAll(target, fuzzCases(target.canaries, flags.seed, flags.fuzz)),
];
const was = new Set(before.split('\n'));
const now = (await target.snapshot()).split('\n');
const changes = [...now.filter((line) => !was.delete(line)), ...[...was].map((line) => `gone: ${line}`)];
// The same without a guard, to see that the canaries tell; some of the others would wait long for a network.
const controls = controlCases(target.canaries);
let reachedWithoutGuard = 0;
for (const sql of controls) {
  if ((await target.askEngine(sql)).reached.length > 0) reachedWithoutGuard += 1;
  else process.stderr.write(`no canary tells of ${sql}\n`);
}

const tallies = outcomes.flatMap((outcome) => outcome.tallies);
const escapes = outcomes.flatMap((outcome) => outcome.escapes);
const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
const controlled = `${reachedWithoutGuard} of ${controls.length}`;
const summary = {
  named: named.length,
  'reached without a guard': controlled,
  changes: changes.length,
  escapes: escapes.length,
  seconds,
};
if (flags.json) process.stdout.write(`${JSON.stringify({ ...summary, tallies })}\n`);
else {
  const columns = ['tried', 'answered', 'refused', 'failed', 'broken', 'reached'] as const;
  printTable(
    ['way', ...columns],
    tallies.map((tally) => [tally.way, ...columns.map((column) => String(tally[column]))]),
  );
  for (const [name, value] of Object.entries(summary)) console.log(`${name}: ${value}`);
}
for (const escape of [...escapes, ...changes]) process.stderr.write(`${escape}\n`);
endWith(
  escapes.length === 0 && changes.length === 0 && reachedWithoutGuard === controls.length,
  tallies.reduce((sum, { tried }) => sum + tried, 0),
);
