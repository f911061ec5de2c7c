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
import { parseArgs } from 'node:util';
import { resolvePaths } from '../src/engine/config/paths.ts';
import { readRunState } from '../src/engine/daemon/run-state.ts';
import { makeCorpus } from './fault/fuzz/corpus.ts';
import { InProcess } from './fault/fuzz/in-process.ts';
import { makeRounds, seedOf, type Way, ways } from './fault/fuzz/over-sockets.ts';
import { startOwnDaemon } from './support/own-daemon.ts';
import { mebibytes, residentBytes } from './support/process-memory.ts';
import { printTable } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000000' },
    sockets: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(flags.seed);
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

/** Means of the second and the last quarter: what grows without end grows between them. */
function trend(samples: readonly number[]): {
  readonly 'early MiB': number;
  readonly 'late MiB': number;
  readonly flat: boolean;
} {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const mean = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
  const [early, late] = [mean(samples.slice(quarter, 2 * quarter)), mean(samples.slice(-quarter))];
  return { 'early MiB': mebibytes(early), 'late MiB': mebibytes(late), flat: late < early * 1.15 + 32 * 1024 * 1024 };
}

function inProcess() {
  const target = new InProcess(corpus);
  const counts = new Map<string, { inputs: number; taken: number; refused: number; crashes: number }>();
  const heap: number[] = [];
  const total = Number(flags.inputs);
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

async function overSockets() {
  const daemon = startOwnDaemon();
  try {
    const before = await daemon.status();
    const key = readRunState(resolvePaths({ OBS_HOME: daemon.home }))?.access?.localKey ?? '';
    const rounds = makeRounds(daemon.endpoints, corpus, key);
    const rows = new Map<Way, { inputs: number; answers: Map<string, number>; faults: number; overload: number }>();
    const memory: number[] = [];
    const engineMemory: number[] = [];
    for (let round = 0, sent = 0; sent < Number(flags.sockets); round++) {
      const work = ways.map(async (way, index) => {
        const row = rows.get(way) ?? { inputs: 0, answers: new Map<string, number>(), faults: 0, overload: 0 };
        rows.set(way, row);
        const done = await rounds[way](seedOf(seed, round * ways.length + index), (status, input) => {
          row.answers.set(status, (row.answers.get(status) ?? 0) + 1);
          if (status === '503' || status === 'grpc 14') row.overload++;
          else if (/^5(?!01)|^grpc (13|2)$/.test(status)) {
            row.faults++;
            save(`${way}: ${status}`, input);
          }
        });
        row.inputs += done;
        sent += done;
      });
      await Promise.all(work);
      if (round % 10 === 0) {
        memory.push(residentBytes(before.pid));
        if (before.engine.pid !== null) engineMemory.push(residentBytes(before.engine.pid));
      }
    }
    const after = await daemon.status();
    const same = after.pid === before.pid && after.engine.pid === before.engine.pid;
    return {
      same,
      rows: [...rows].map(([way, { inputs, answers, faults, overload }]) => ({
        'over sockets': way,
        inputs,
        faults,
        overload,
        answers: [...answers]
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([status, n]) => `${status}: ${n}`)
          .join(', '),
      })),
      memory: trend(memory),
      engineMemory: trend(engineMemory),
    };
  } finally {
    daemon.stop();
  }
}

const startedAt = performance.now();
const socketsReport = Number(flags.sockets) > 0 ? await overSockets() : null;
const processReport = Number(flags.inputs) > 0 ? inProcess() : null;
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
process.exitCode = clean ? 0 : 1;
