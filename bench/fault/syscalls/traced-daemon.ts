import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestDaemon } from '../../../test/support/daemon-fixture.ts';
import { numberedRequest } from '../requests.ts';
import { judgeOrder, type OrderVerdict } from './trace-order.ts';

const calls = 'openat,pwrite64,pwritev,fdatasync,fsync,write,writev,sendto,sendmsg';

export interface Traced extends OrderVerdict {
  readonly requests: number;
  /** Answered with 200. */
  readonly acknowledged: number;
}

/** Why there can be no trace here; null where there can. */
export function whyNoStrace(): string | null {
  if (process.platform !== 'linux') return 'strace is of Linux alone';
  if (spawnSync('strace', ['-V']).error !== undefined) return 'no strace on this machine';
  // Some containers have the program and not the right to use it.
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? null : 'strace may not trace here';
}

/** A whole daemon in this process, with strace attached to it, and requests one after the other. */
export async function traceDaemon(requests: number): Promise<Traced> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-fault-syscalls-'));
  const output = join(folder, 'trace');
  await using daemon = await startTestDaemon();
  const strace = spawn(
    'strace',
    ['-f', '-y', '-s', '32', '-o', output, '-e', `trace=${calls}`, '-p', String(process.pid)],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const exited = once(strace, 'exit');
  // It says so when it has attached.
  await once(strace.stderr, 'data');
  let acknowledged = 0;
  for (let sent = 0; sent < requests; sent++) {
    // Numbers of spans alone: one table, one folder.
    const { signal, body } = numberedRequest(sent * 4 + 2, 5, Date.now());
    if ((await daemon.send(signal, body)) === 200) acknowledged += 1;
  }
  strace.kill('SIGINT');
  await exited;
  const verdict = judgeOrder(readFileSync(output, 'utf8'), join(daemon.paths.spool, 'otel_traces'));
  rmSync(folder, { recursive: true, force: true });
  return { requests, acknowledged, ...verdict };
}
