import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StatusReport } from '../../../src/engine/daemon/status.ts';

const program = join(import.meta.dirname, '../../../bin/run.js');

/** A daemon as a user starts it, in a folder with an `obs.yaml`, that can be killed and started again. */
export class Gateway {
  readonly #env: NodeJS.ProcessEnv;
  #state: { pid: number; endpoints: StatusReport['endpoints'] } | null = null;

  constructor(home: string, env: Record<string, string>) {
    this.#env = { ...process.env, ...env, OBS_HOME: home };
  }

  /** Runs the program; @returns its stdout, whatever its exit code. Not synchronous: the proxy runs in this process. */
  async run(...args: string[]): Promise<string> {
    try {
      return (await promisify(execFile)(process.execPath, [program, ...args], { env: this.#env })).stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      if (stdout === undefined || stdout === '') throw new Error(stderr ?? String(error), { cause: error });
      return stdout;
    }
  }

  async start(): Promise<void> {
    const answer = await this.run(
      'up',
      '--json',
      '--otlp-grpc-port',
      '0',
      '--otlp-http-port',
      '0',
      '--query-port',
      '0',
    );
    this.#state = JSON.parse(answer) as { pid: number; endpoints: StatusReport['endpoints'] };
  }

  /** `true` when the request was acknowledged; `false` when it was refused or nobody answered. */
  async send(body: Uint8Array): Promise<boolean> {
    try {
      const url = `${this.#state?.endpoints.otlpHttp ?? ''}/v1/traces`;
      const headers = { 'content-type': 'application/x-protobuf' };
      const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }

  async status(): Promise<StatusReport> {
    return (await (await fetch(`${this.#state?.endpoints.otlpHttp ?? ''}/status`)).json()) as StatusReport;
  }

  /** Kills the daemon without a word, and waits until it and its engine are gone. @returns when it was killed */
  async kill(): Promise<number> {
    const { engine } = await this.status();
    const at = Date.now();
    for (const pid of [engine.pid, this.#state?.pid]) {
      if (pid == null) continue;
      // The engine may have ended by itself when its daemon did.
      if (isThere(pid)) process.kill(pid, 'SIGKILL');
      while (isThere(pid)) await sleep(10);
    }
    return at;
  }

  async stop(): Promise<void> {
    await this.run('down');
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
