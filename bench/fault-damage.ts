/**
 * `npm run fault:damage -- [--rounds 4] [--rows 2000] [--json]`: damages the embedded engine's files, with the daemon
 * stopped and while it runs, and looks at what obs makes of it: it starts, `obs status` and `obs doctor` name the part, all
 * other rows are there, new ones are taken, and the engine is not restarted over and over.
 */
import { damageStores } from './fault/damage.ts';
import { damageCases, dataCases } from './fault/damage-cases.ts';
import { count, endWith, given, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ rounds: count(4), rows: count(2000), running: given });
const outcomes = await damageStores({
  rounds: flags.rounds,
  rowsEach: flags.rows,
  stopped: flags.running ? [] : damageCases,
  running: dataCases,
  onOutcome: (outcome) => void process.stderr.write(`${JSON.stringify(outcome)}\n`),
});

if (flags.json) console.log(JSON.stringify({ rounds: flags.rounds, rowsEach: flags.rows, outcomes }, null, 2));
else {
  printTable(
    ['damage', 'daemon', 'rows before', 'after', 'said after ms', 'doctor', 'takes more', 'restarts', 'verdict'],
    outcomes.map((o) => [
      o.case,
      o.when,
      String(o.rowsBefore),
      String(o.rowsAfter),
      o.saidAfterMs === null ? '-' : String(o.saidAfterMs),
      o.doctorSays ? 'names it' : '-',
      o.takesMore ? 'yes' : 'NO',
      String(o.engineRestarts),
      o.verdict,
    ]),
  );
}
endWith(
  outcomes.every(({ verdict }) => verdict === 'ok'),
  outcomes.length,
);
