/**
 * `npm run fault:disk-full -- [--json]`: the spool, then the store, each on a small disk of its own (tmpfs; needs the right
 * to mount) that fills up under load. Senders must be told to come again, nothing acknowledged may be lost, and it must go
 * on by itself once there is space. At last the disk cap: the oldest days go, and it is said.
 */
import { type DiskOutcome, fillDisk, fillToTheCap, fullDisks, whyNoMount } from './fault/disk-full.ts';
import { endWith, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({});
const why = whyNoMount();
if (why !== null) {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
const outcomes: DiskOutcome[] = [];
for (const disk of fullDisks) outcomes.push(await fillDisk(disk));
const evicted = await fillToTheCap();

if (flags.json) console.log(JSON.stringify({ outcomes, evicted }, null, 2));
else {
  printTable(
    [
      'full disk',
      'rows acknowledged',
      'stored',
      'taken after ms',
      'loaded after ms',
      'restarts',
      'verdict',
      'refusals; warning',
    ],
    outcomes.map((o) => [
      o.disk,
      ...[o.acknowledged, o.stored, o.takenAfterMs, o.loadedAfterMs, o.engineRestarts].map(String),
      o.verdict,
      `${JSON.stringify(o.refusals)}; ${o.warned}`,
    ]),
  );
  console.log(JSON.stringify(evicted));
}
const acknowledged = outcomes.reduce((sum, outcome) => sum + outcome.acknowledged, evicted.sent);
endWith(
  [...outcomes, evicted].every(({ verdict }) => verdict === 'ok'),
  acknowledged,
);
