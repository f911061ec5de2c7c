import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Finding } from '../../src/engine/daemon/doctor/check.ts';
import type { RunState } from '../../src/engine/daemon/run-state.ts';
import type { StatusReport } from '../../src/engine/daemon/status.ts';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const execute = promisify(execFile);

/** A daemon on a given folder, which stays when it is stopped: to be damaged, filled up, started again. */
export interface HomeDaemon {
  readonly endpoints: RunState['endpoints'];
  readonly pid: number;
  status(): Promise<StatusReport>;
  doctor(): Promise<readonly Finding[]>;
  /** One statement; its rows as JSON objects. @throws the endpoint's message */
  rows<Row>(sql: string): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

const anyPorts = ['--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0'];

export async function startDaemonAt(home: string): Promise<HomeDaemon> {
  const { endpoints, pid } = (await obs(home, 'up', '--json', ...anyPorts)) as RunState;
  const get = async (url: string, init?: RequestInit): Promise<string> => {
    const answer = await fetch(url, init);
    const text = await answer.text();
    if (!answer.ok && answer.status !== 503) throw new Error(text);
    return text;
  };
  return {
    endpoints,
    pid,
    status: async () => JSON.parse(await get(`${endpoints.otlpHttp}/status`)) as StatusReport,
    doctor: () => doctorAt(home),
    rows: async <Row>(sql: string) => {
      const text = await get(endpoints.query, { method: 'POST', body: `${sql} FORMAT JSONEachRow` });
      if (text.startsWith('Code: ')) throw new Error(text);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    },
    stop: async () => void (await obs(home, 'down')),
  };
}

/** What `obs doctor --json` finds; with or without a daemon. */
export async function doctorAt(home: string): Promise<readonly Finding[]> {
  const answer = (await obs(home, 'doctor', '--json')) as { readonly findings: readonly Finding[] };
  return answer.findings;
}

/** Runs a command of the built program; its JSON, `null` where it prints something else. Exit code 1 means findings. */
async function obs(home: string, ...args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, OBS_HOME: home };
  const options = { env, encoding: 'utf8' as const, maxBuffer: 1 << 26, cwd: home };
  const { stdout } = await execute(process.execPath, [program, ...args], options).catch(
    (error: { code?: number; stdout?: string; stderr?: string }) => {
      if (error.code === 1) return { stdout: error.stdout ?? '' };
      throw new Error(`obs ${args.join(' ')}: ${error.stderr ?? String(error)}`);
    },
  );
  return stdout.startsWith('{') ? (JSON.parse(stdout) as unknown) : null;
}

/** Asks until the answer is yes; says what it waited for when it gives up. */
export async function until(what: string, patienceMs: number, question: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  while (!(await question())) {
    if (performance.now() - start > patienceMs) throw new Error(`${what}: not within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return performance.now() - start;
}
