import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { countQueries, numberedRequest, readCounts } from './requests.ts';
import type { Counts, Outcome, RunningTarget, Target } from './target.ts';

interface Announcement {
  readonly endpoints: { readonly otlpHttp: string; readonly query: string };
}

/**
 * Any command that runs a daemon in the foreground and prints one line of JSON with its endpoints when it is ready, as
 * `obs up --foreground --json` does. Requests go over OTLP/HTTP as protobuf, counts come from the query endpoint.
 */
export function daemonTarget(command: readonly string[], home: string): Target {
  return { start: () => startDaemon(command, home) };
}

function startDaemon([program = '', ...args]: readonly string[], home: string): RunningTarget {
  const child = spawn(program, args, {
    env: { ...process.env, OBS_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const announced = Promise.withResolvers<Announcement>();
  announced.promise.catch(() => {});
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) announced.resolve(JSON.parse(line) as Announcement);
  });
  child.on('exit', () => announced.reject(new Error('the daemon ended')));

  let lastKilled: number | null = null;
  const status = async (): Promise<DaemonStatus> => {
    const { endpoints } = await announced.promise;
    const answer = await fetch(`${endpoints.otlpHttp}/status`);
    return (await answer.json()) as DaemonStatus;
  };
  const query = async (sql: string): Promise<string> => {
    const { endpoints } = await announced.promise;
    const answer = await fetch(endpoints.query, { method: 'POST', body: `${sql} FORMAT JSONEachRow` });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text;
  };

  return {
    ready: announced.promise.then(() => undefined),
    send: async (request, rows): Promise<Outcome> => {
      try {
        const { endpoints } = await announced.promise;
        const { signal, body } = numberedRequest(request, rows, Date.now());
        const answer = await fetch(`${endpoints.otlpHttp}/v1/${signal}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body: Buffer.from(body),
        });
        await answer.arrayBuffer();
        return answer.ok ? 'acknowledged' : 'refused';
      } catch {
        return 'unanswered';
      }
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    killEngine: async () => {
      for (;;) {
        const { pid } = (await status()).engine;
        if (pid !== null && pid !== lastKilled) {
          lastKilled = pid;
          process.kill(pid, 'SIGKILL');
          return;
        }
        await sleep(20);
      }
    },
    count: async (): Promise<Counts> => {
      for (;;) {
        const { spool, ready } = await status();
        if (ready && spool.segments === 0) break;
        await sleep(100);
      }
      return readCounts(
        await query(countQueries.stored),
        await query(countQueries.rollup),
        await query(countQueries.derived),
      );
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

interface DaemonStatus {
  readonly ready: boolean;
  readonly spool: { readonly segments: number };
  readonly engine: { readonly pid: number | null };
}
