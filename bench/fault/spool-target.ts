import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readCounts } from './requests.ts';
import type { FromChild, ToChild } from './spool-child.ts';
import type { Counts, Outcome, RunningTarget, Target } from './target.ts';

const script = fileURLToPath(new URL('./spool-child.ts', import.meta.url));

/** Spool, loader and engine in one child, spoken to over Node's channel between processes. */
export function spoolTarget(folder: string, segmentAgeMs: number): Target {
  return { start: () => startChild(folder, segmentAgeMs) };
}

function startChild(folder: string, segmentAgeMs: number): RunningTarget {
  const child = fork(script, [folder, String(segmentAgeMs)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const ready = Promise.withResolvers<void>();
  const counted = Promise.withResolvers<Counts>();
  const pending = new Map<number, (outcome: Outcome) => void>();
  const tell = (message: ToChild): void => void (child.connected && child.send(message, () => {}));

  child.on('error', () => {});
  child.on('message', (message: FromChild) => {
    if (message.type === 'ready') ready.resolve();
    if (message.type === 'counts') counted.resolve(readCounts(message.stored, message.rollup, message.derived));
    if (message.type !== 'answer') return;
    pending.get(message.request)?.(message.acknowledged ? 'acknowledged' : 'refused');
    pending.delete(message.request);
  });
  // 'close' follows after the last message that the child sent before it died was read.
  child.on('close', () => {
    for (const settle of pending.values()) settle('unanswered');
    pending.clear();
    const gone = new Error('the child ended');
    ready.reject(gone);
    counted.reject(gone);
  });
  ready.promise.catch(() => {});
  counted.promise.catch(() => {});

  return {
    ready: ready.promise,
    send: (request, rows) => {
      if (!child.connected) return Promise.resolve('unanswered');
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      pending.set(request, resolve);
      tell({ type: 'send', request, rows, unixMs: Date.now() });
      return promise;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    killEngine: () => Promise.reject(new Error('the engine is not a process of its own here')),
    count: () => {
      tell({ type: 'count' });
      return counted.promise;
    },
    stop: async () => {
      tell({ type: 'stop' });
      await exited;
    },
  };
}
