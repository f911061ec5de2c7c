/** Prints the table of docs/sizing.md, computed from the figures in bench/sizing/figures.json. */
import figures from './sizing/figures.json' with { type: 'json' };
import { plan, rates, sizingTable } from './sizing/sizing.ts';

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify(rates.map((rate) => plan(rate, figures)))}\n`);
} else {
  process.stdout.write(`${sizingTable(rates, figures)}\n`);
}
