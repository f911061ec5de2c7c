import { printTable } from '../support/report.ts';
import type { Grown } from '../query.ts';

const ms = (value: number): string => value.toFixed(1);
const count = (value: number): string => Math.round(value).toLocaleString('en');
const mebibytes = (value: number): string => (value / 2 ** 20).toFixed(1);

export function printAnswers({ spans, answers }: Grown): void {
  console.log(`\n${count(spans)} spans`);
  printTable(
    ['question', 'asked', 'found', 'p50 ms', 'p95 ms', 'max ms', 'rows read', 'MiB read', 'bar'],
    answers.map((a) => [
      a.name,
      String(a.times),
      a.found.toFixed(1),
      ms(a.p50Ms),
      ms(a.p95Ms),
      ms(a.maxMs),
      count(a.rowsRead),
      mebibytes(a.bytesRead),
      a.bar,
    ]),
  );
}

export function printPanels({ panels }: Grown): void {
  console.log();
  printTable(
    ['panel', 'polls', 'p50 ms', 'p95 ms', 'max ms', 'spans, estimate', 'other rows, estimate', 'bar'],
    panels.map((p) => [
      p.name,
      String(p.polls),
      ms(p.p50Ms),
      ms(p.p95Ms),
      ms(p.maxMs),
      count(p.spansRead),
      count(p.rollupRowsRead),
      '50 ms',
    ]),
  );
}

const width = 50;

/** The p95 of every question by size of the store, on one logarithmic scale from 1 ms to 10 s. */
export function plot(results: readonly Grown[]): void {
  console.log('\np95 by spans stored; 1 ms to 10 s, logarithmic');
  for (const { name } of results[0]?.answers ?? []) {
    console.log(name);
    for (const { spans, answers } of results) {
      const p95 = answers.find((a) => a.name === name)?.p95Ms ?? Number.NaN;
      const bar = '█'.repeat(Math.max(1, Math.round((Math.log10(Math.max(1, p95)) / 4) * width)));
      console.log(`${`${spans / 1e6} M`.padStart(6)} ${bar} ${ms(p95)} ms`);
    }
  }
}
