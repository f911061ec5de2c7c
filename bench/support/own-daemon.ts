import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { StatusReport } from '../../src/engine/daemon/status.ts';
import { cpuSecondsOf } from './process-usage.ts';

const program = join(import.meta.dirname, '../../bin/run.js');

/** A daemon of the benchmark's own: fresh folder, free ports, gone afterwards. */
export interface OwnDaemon {
  readonly home: string;
  readonly endpoints: StatusReport['endpoints'];
  status(): Promise<StatusReport>;
  /** CPU time, user and system, of daemon, engine and analyzer processes so far, in seconds. Linux only. */
  cpuSeconds(): Promise<number>;
  /** @param keep leaves its folder, `home`, where it is */
  stop(keep?: boolean): Promise<void>;
}

/**
 * @param folder where it is started, whose `obs.yaml` it takes
 * @param home its data, where they are to be found again; else a fresh folder
 */
export function startOwnDaemon(folder?: string, home = mkdtempSync(join(tmpdir(), 'obs-bench-'))): OwnDaemon {
  // Loads send a few bodies again and again, which no real sender does.
  const env = { ...process.env, OBS_HOME: home, OBS_RECEIVE_REPEATS: 'keep' };
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [program, ...args], {
      env,
      encoding: 'utf8',
      ...(folder === undefined ? {} : { cwd: folder }),
    });
  const up = JSON.parse(run('up', '--json', '--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0')) as {
    endpoints: StatusReport['endpoints'];
  };
  const status = async (): Promise<StatusReport> =>
    (await (await fetch(`${up.endpoints.otlpHttp}/status`)).json()) as StatusReport;
  return {
    home,
    endpoints: up.endpoints,
    status,
    cpuSeconds: async () => {
      const { pid, engine, analyzer } = await status();
      return [pid, engine.pid, analyzer.pid].reduce<number>(
        (total, id) => total + (id === null ? 0 : cpuSecondsOf(id)),
        0,
      );
    },
    stop: async (keep = false) => {
      // Connections that this process has given up close only while its event loop goes on, and the daemon waits for them.
      await promisify(execFile)(process.execPath, [program, 'down'], { env });
      if (!keep) rmSync(home, { recursive: true, force: true });
    },
  };
}
