/**
 * What a promise costs: `node bench/spool.ts [--json] [--dir DIR] [--seconds 2]`.
 * Requests of one block of 4 KiB through the spool with 1, 16 and 256 senders, to a folder on the disk under test:
 * requests a second, syncs, requests a sync, and the time that a sender waits.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Effect, Layer } from 'effect';
import { diskSpool } from '../src/engine/spool/disk-spool.ts';
import { nodeSpoolFiles, SpoolFiles, type SpoolFile } from '../src/engine/spool/spool-files.ts';
import { Spool } from '../src/engine/spool/spool.ts';
import { tiny, tinyEncoder } from '../test/engine/spool/row-encoder.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    dir: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '2' },
  },
});

let syncs = 0;
const counted = (file: SpoolFile): SpoolFile => ({
  ...file,
  dataSync: Effect.tap(file.dataSync, () => Effect.sync(() => void (syncs += 1))),
});
const files = { ...nodeSpoolFiles, create: (path: string) => Effect.map(nodeSpoolFiles.create(path), counted) };

async function measure(senders: number) {
  const directory = mkdtempSync(join(flags.dir, 'obs-bench-spool-'));
  const payload = tiny({ name: 'bench', rows: 1, padding: 4096 });
  const waits: number[] = [];
  syncs = 0;
  const send = Effect.gen(function* () {
    const spool = yield* Spool;
    const until = performance.now() + Number(flags.seconds) * 1000;
    const sender = Effect.gen(function* () {
      while (performance.now() < until) {
        const from = performance.now();
        yield* spool.append('traces', payload, 'json');
        waits.push(performance.now() - from);
      }
    });
    yield* Effect.all(
      Array.from({ length: senders }, () => sender),
      { concurrency: 'unbounded', discard: true },
    );
  });
  const layer = diskSpool({ directory, makeEncoder: tinyEncoder, limit: { diskBytes: 8e9 } });
  const cpu = process.cpuUsage();
  await Effect.runPromise(send.pipe(Effect.provide(Layer.provide(layer, Layer.succeed(SpoolFiles, files)))));
  const { user, system } = process.cpuUsage(cpu);
  rmSync(directory, { recursive: true });
  waits.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((waits[Math.floor(waits.length * share)] ?? 0) * 100) / 100;
  return {
    senders,
    'requests/s': Math.round(waits.length / Number(flags.seconds)),
    'syncs/s': Math.round(syncs / Number(flags.seconds)),
    'requests/sync': Math.round((waits.length / syncs) * 10) / 10,
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'CPU µs/request': Math.round((user + system) / waits.length),
  };
}

const table = [];
for (const senders of [1, 16, 256]) table.push(await measure(senders));
if (flags.json) process.stdout.write(`${JSON.stringify(table)}\n`);
else console.table(table);
