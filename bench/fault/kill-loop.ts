import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../test/support/random.ts';
import { signalOf } from './requests.ts';
import type { Counts, RunningTarget, Target } from './target.ts';

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Requests on the way at once. */
  readonly senders: number;
  /** Most spans in a request; each has 1 to that many. */
  readonly rows: number;
  /** A life ends at a random moment within this time. */
  readonly lifeMs: number;
  /** The whole program, or its engine process alone, under which the rest goes on. */
  readonly victim: 'program' | 'engine';
  readonly onKill?: (kill: number, acknowledgedRows: number) => void;
}

export interface Verdict {
  readonly kills: number;
  readonly requests: number;
  /** Requests whose sender heard no; with the engine alone as victim there should be none. */
  readonly refused: number;
  readonly unanswered: number;
  /** Rows of acknowledged requests … */
  readonly acknowledged: number;
  /** … and how many of those are in the store, each counted once. */
  readonly stored: number;
  /** Rows stored of requests that nobody heard an answer to. Allowed: a promise was not made, nor broken. */
  readonly storedUnanswered: number;
  readonly lost: number;
  /** Rows that are there more than once, in the table or by the rollup's count. */
  readonly doubled: number;
  /**
   * Requests of which the rollup counts another number of calls than the table has rows, and groups of all derived tables
   * that differ from the table behind them.
   */
  readonly rollupDiffers: number;
}

export interface Ledger {
  readonly acknowledged: Map<number, number>;
  nextRequest: number;
  refused: number;
  unanswered: number;
}

/** Sends, kills, starts again, and at the end holds what was acknowledged against what is stored. */
export async function runKillLoop(target: Target, options: KillOptions): Promise<Verdict> {
  const random = seededRandom(options.seed);
  const ledger: Ledger = { acknowledged: new Map(), nextRequest: 0, refused: 0, unanswered: 0 };
  const heard = (): number => [...ledger.acknowledged.values()].reduce((sum, rows) => sum + rows, 0);

  const sendUntil = async (running: RunningTarget, over: () => boolean): Promise<void> => {
    while (!over()) {
      const request = ledger.nextRequest++;
      const rows = 1 + random.int(options.rows);
      const outcome = await running.send(request, rows);
      if (outcome === 'acknowledged') ledger.acknowledged.set(request, rows);
      else ledger[outcome] += 1;
    }
  };

  let running = target.start();
  for (let kill = 1; kill <= options.kills; kill++) {
    let over = false;
    // One life in five may end before it is ready: a start is interrupted as well.
    if (random.int(5) > 0 || options.victim === 'engine') await running.ready;
    const ready = running.ready.then(
      () => true,
      () => false,
    );
    const senders = Array.from({ length: options.senders }, async () => {
      if (await ready) await sendUntil(running, () => over);
    });
    await sleep(random.int(options.lifeMs));
    over = true;
    if (options.victim === 'engine') await running.killEngine();
    else await running.kill();
    await Promise.all(senders);
    if (options.victim === 'program') running = target.start();
    options.onKill?.(kill, heard());
  }
  await running.ready;
  const counts = await running.count();
  await running.stop();
  return judge(ledger, counts, options.kills);
}

export function judge(ledger: Ledger, { stored, rollup, derivedDiffer }: Counts, kills: number): Verdict {
  const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);
  const distinct = new Map(stored.map((request) => [request.request, request.distinct]));
  const acknowledged = sum(ledger.acknowledged.values());
  const kept = sum([...ledger.acknowledged].map(([request, rows]) => Math.min(rows, distinct.get(request) ?? 0)));
  const doubledRows = sum(stored.map(({ rows, distinct }) => rows - distinct));
  const doubledCalls = sum([...rollup].map(([request, calls]) => Math.max(0, calls - (distinct.get(request) ?? 0))));
  return {
    kills,
    requests: ledger.nextRequest,
    refused: ledger.refused,
    unanswered: ledger.unanswered,
    acknowledged,
    stored: kept,
    storedUnanswered: sum(distinct.values()) - kept,
    lost: acknowledged - kept,
    doubled: Math.max(doubledRows, doubledCalls),
    rollupDiffers:
      derivedDiffer +
      stored.filter(({ request, rows }) => signalOf(request) === 'traces' && rollup.get(request) !== rows).length,
  };
}

/** Nothing acknowledged is missing, nothing is there twice, and the rollup agrees with its table. */
export function isClean(verdict: Verdict): boolean {
  return verdict.lost === 0 && verdict.doubled === 0 && verdict.rollupDiffers === 0;
}
