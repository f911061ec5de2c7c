/**
 * Mutated inputs: most of them into the functions that the receivers and the query endpoint call with a sender's bytes,
 * in this process; the rest over sockets against a daemon of their own.
 *
 *     npm run fault:fuzz -- --inputs 10000000 --sockets 100000 --seed 1
 *
 * A crash is anything but an answer or the error that is meant for it. Over sockets every answer of 5xx or gRPC INTERNAL
 * and UNKNOWN counts, but for 503 and UNAVAILABLE, which say "too much at once" and are counted apart, and 501, which is
 * the query endpoint's word for what ClickHouse has and obs does not offer. Inputs that did it
 * are saved. Exit code 1 when there is one, when the daemon is another process afterwards, or memory grew.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCorpus } from './fault/fuzz/corpus.ts';
import { InProcess } from './fault/fuzz/in-process.ts';
import { overSockets } from './fault/fuzz/sockets-run.ts';
import { trend } from './fault/fuzz/trend.ts';
import { count, endWith, readFlags } from './support/flags.ts';
import { printTable } from './support/report.ts';

const flags = readFlags({ inputs: count(10_000_000, 0), sockets: count(100_000, 0), seed: count(1, 0) });
const { seed } = flags;
const corpus = makeCorpus(seed);
const folder = mkdtempSync(join(tmpdir(), 'obs-fuzz-'));
let bad = 0;
function save(what: string, input: Buffer): void {
  bad++;
  if (bad > 100) return;
  const file = join(folder, `${bad}.bin`);
  writeFileSync(file, input);
  process.stderr.write(`${what}: ${file}\n`);
}

function inProcess() {
  const target = new InProcess(corpus);
  const counts = new Map<string, { inputs: number; taken: number; refused: number; crashes: number }>();
  const heap: number[] = [];
  const total = flags.inputs;
  for (let n = 0; n < total; n++) {
    const { entry, verdict } = target.run(seed * 100_000_007 + n);
    const count = counts.get(entry) ?? { inputs: 0, taken: 0, refused: 0, crashes: 0 };
    counts.set(entry, count);
    count.inputs++;
    if (typeof verdict === 'string') count[verdict]++;
    else {
      count.crashes++;
      save(`${entry}: ${String(verdict.crash)}`, verdict.input);
    }
    if (n % Math.ceil(total / 200) === 0) heap.push(process.memoryUsage.rss());
  }
  return { rows: [...counts].map(([entry, count]) => ({ 'in process': entry, ...count })), memory: trend(heap) };
}

const startedAt = performance.now();
const socketsReport = flags.sockets > 0 ? await overSockets({ corpus, seed, inputs: flags.sockets, save }) : null;
const processReport = flags.inputs > 0 ? inProcess() : null;
const seconds = Math.round((performance.now() - startedAt) / 1000);
const flat = [processReport?.memory, socketsReport?.memory].every((memory) => memory?.flat !== false);
const clean = bad === 0 && flat && socketsReport?.same !== false;
if (flags.json) console.log(JSON.stringify({ seed, seconds, processReport, socketsReport, bad, clean }));
else {
  for (const rows of [processReport?.rows ?? [], socketsReport?.rows ?? []]) {
    if (rows.length > 0)
      printTable(
        Object.keys(rows[0] ?? {}),
        rows.map((row) => Object.values(row).map(String)),
      );
    console.log();
  }
  console.log(
    `memory, mean of the second quarter and of the last: ${JSON.stringify({ here: processReport?.memory, daemon: socketsReport?.memory, engine: socketsReport?.engineMemory })}`,
  );
  console.log(
    `seed ${seed}, ${seconds} s, ${bad} bad${bad > 0 ? `, see ${folder}` : ''}; same processes: ${socketsReport?.same ?? 'no daemon'}`,
  );
}
endWith(clean, flags.inputs + flags.sockets);
