import { setTimeout as sleep } from 'node:timers/promises';
import { startTestDaemon } from '../../../test/support/daemon-fixture.ts';
import { judgeDaemon, newLedger, type StallVerdict, startLoad } from './steady-load.ts';

export interface EngineStall extends StallVerdict {
  readonly stalledMs: number;
  /** Rows acknowledged while nothing could be loaded. */
  readonly acknowledgedInStall: number;
  readonly drainedInMs: number;
}

/** SIGSTOP to the engine process under load, SIGCONT after a while: senders must not notice, and the rest drains. */
export async function stallEngine(stallMs: number): Promise<EngineStall> {
  await using daemon = await startTestDaemon();
  const ledger = newLedger();
  const { pid } = (await daemon.status()).engine;
  if (pid === null) throw new Error('no engine');
  const load = startLoad(daemon, ledger, { senders: 4, rows: 40, pauseMs: 10 });
  await sleep(Math.min(3000, stallMs));
  const before = load.acknowledgedRows;
  process.kill(pid, 'SIGSTOP');
  try {
    await sleep(stallMs);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const acknowledgedInStall = load.acknowledgedRows - before;
  await load.stop();
  const startedAt = performance.now();
  await daemon.eventually(async () => (await daemon.status()).spool.segments === 0);
  const drainedInMs = Math.round(performance.now() - startedAt);
  const verdict = await judgeDaemon(daemon, ledger, ['otel_traces', 'otel_logs']);
  return { stalledMs: stallMs, acknowledgedInStall, drainedInMs, ...verdict };
}
