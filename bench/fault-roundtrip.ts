/**
 * What goes in through OTLP comes out of `obs export` equal, field by field: generated requests that use every field, by
 * HTTP protobuf, HTTP JSON and gRPC in turn, and recorded ones from a folder.
 *
 *     npm run fault:roundtrip -- --requests 10000 --seed 1 --data FOLDER
 *
 * What does not count as a difference stands in test/support/otlp-items.ts. Exit code 1 when an item is lost or changed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Signal, signals } from '../src/engine/domain/signals.ts';
import { everyFieldRequest } from '../test/support/every-field.ts';
import { itemsOf } from '../test/support/otlp-items.ts';
import { compare } from './fault/roundtrip/compare.ts';
import { makeSender, routes } from './fault/roundtrip/send.ts';
import { startOwnDaemon } from './support/own-daemon.ts';
import { printTable } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const program = join(import.meta.dirname, '../bin/run.js');
/** What the daemon reports on itself once a minute. */
const itsOwn = '"scope":{"name":"obs/daemon"}';
const groupKeys: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
};

interface Sent {
  readonly signal: Signal;
  readonly request: object;
}

function generated(): Sent[] {
  const now = Date.now();
  return Array.from({ length: Number(flags.requests) }, (_, index) => {
    const signal = signals[index % signals.length] as Signal;
    return { signal, request: everyFieldRequest(signal, Number(flags.seed) * 1_000_003 + index, now) };
  });
}

function recorded(folder: string): Sent[] {
  return readdirSync(folder).flatMap((name) => {
    const content = readFileSync(join(folder, name), 'utf8');
    const texts = name.endsWith('l') ? content.split('\n').filter((line) => line !== '') : [content];
    return texts.map((text) => {
      const request = JSON.parse(text) as object;
      return { signal: groupKeys[Object.keys(request)[0] ?? ''] as Signal, request };
    });
  });
}

/** A round of its own daemon, so that what comes out is what went in. */
async function round(name: string, all: readonly Sent[]) {
  const daemon = startOwnDaemon();
  const sender = makeSender(daemon.endpoints);
  const startedAt = performance.now();
  const sent = new Map<Signal, string[]>(signals.map((signal) => [signal, []]));
  try {
    const queue = all.entries();
    const work = async (): Promise<void> => {
      for (const [index, { signal, request }] of queue) {
        await sender.send(routes[Math.floor(index / signals.length) % routes.length] ?? 'gRPC', signal, request);
        for (const item of itemsOf(signal, request)) sent.get(signal)?.push(item);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    for (;;) {
      const { stored } = await daemon.status();
      if (stored !== null && signals.every((signal) => stored[signal] >= (sent.get(signal)?.length ?? 0))) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return signals.map((signal) => {
      const env = { ...process.env, OBS_HOME: daemon.home };
      const args = [program, 'export', '--signal', signal, '--since', '20000d'];
      const exported = execFileSync(process.execPath, args, { env, maxBuffer: 2 ** 30 })
        .toString()
        .split('\n');
      const got = exported
        .filter((line) => line !== '')
        .flatMap((line) => itemsOf(signal, JSON.parse(line) as object))
        .filter((item) => !item.includes(itsOwn));
      const { equal, lost, foreign } = compare(sent.get(signal) ?? [], got);
      if (lost.length > 0 || foreign.length > 0) {
        const doubled = new Set(sent.get(signal)).has(foreign[0] ?? '') ? ' (once more)' : '';
        process.stderr.write(`went in: ${lost[0] ?? 'nothing'}\ncame out${doubled}: ${foreign[0] ?? 'nothing'}\n`);
      }
      const requests = all.filter((one) => one.signal === signal).length;
      const items = sent.get(signal)?.length ?? 0;
      return { of: name, signal, requests, items, equal, changed: lost.length, foreign: foreign.length };
    });
  } finally {
    sender.close();
    daemon.stop();
    process.stderr.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  }
}

const results = await round(`generated, seed ${flags.seed}`, generated());
const { data } = flags;
const skipped = data === undefined ? 'no --data' : existsSync(data) ? null : `there is no folder ${data}`;
if (data !== undefined && skipped === null) results.push(...(await round('recorded', recorded(data))));

const clean = results.every(({ items, equal, foreign }) => items === equal && foreign === 0);
if (flags.json) console.log(JSON.stringify({ results, skipped, clean }));
else {
  printTable(
    Object.keys(results[0] ?? {}),
    results.map((result) => Object.values(result).map(String)),
  );
  if (skipped !== null) console.log(`recorded requests: skipped, ${skipped}`);
}
process.exitCode = clean ? 0 : 1;
