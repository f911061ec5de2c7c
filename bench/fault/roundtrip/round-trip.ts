import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Signal, signals } from '../../../src/engine/domain/signals.ts';
import { everyFieldRequest } from '../../../test/support/every-field.ts';
import { itemsOf } from '../../../test/support/otlp-items.ts';
import { startOwnDaemon } from '../../support/own-daemon.ts';
import { compare } from './compare.ts';
import { makeSender, routes } from './send.ts';

const program = join(import.meta.dirname, '../../../bin/run.js');
/** What the daemon reports on itself once a minute. */
const itsOwn = '"scope":{"name":"obs/daemon"}';
const groupKeys: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
};

export interface Sent {
  readonly signal: Signal;
  readonly request: object;
}

export function generated(requests: number, seed: number): Sent[] {
  const now = Date.now();
  return Array.from({ length: requests }, (_, index) => {
    const signal = signals[index % signals.length] as Signal;
    return { signal, request: everyFieldRequest(signal, seed * 1_000_003 + index, now) };
  });
}

export function recorded(folder: string): Sent[] {
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
export async function roundTrip(name: string, all: readonly Sent[]) {
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
    await daemon.stop();
    process.stderr.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  }
}
