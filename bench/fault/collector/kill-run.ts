import { setTimeout as sleep } from 'node:timers/promises';
import { signals } from '../../../src/engine/domain/signals.ts';
import { seededRandom } from '../../../test/support/random.ts';
import { daemonTarget } from '../daemon-target.ts';
import type { RunningTarget } from '../target.ts';
import { startCollector } from './collector-process.ts';
import type { FailedAttempt } from './failed-attempts.ts';
import { sendLoad } from './load.ts';
import { allRoutes, freePorts } from './routes.ts';
import { judgeStream, storedStatement, type StoredRequest, type StreamVerdict } from './verdict.ts';

export interface KillRunOptions {
  /** Path of the Collector. */
  readonly binary: string;
  readonly folder: string;
  /** A command that runs a daemon in the foreground, without its ports. */
  readonly daemon: readonly string[];
  readonly runMs: number;
  /** Goes on beyond `runMs` until there were so many. */
  readonly leastKills: number;
  /** obs lives for a random time up to this one. */
  readonly lifeMs: number;
  readonly seed: number;
  readonly rows: number;
  readonly pauseMs: number;
  /** How long the end may take: until the Collector's queues are empty and all is loaded. */
  readonly drainMs: number;
  readonly onKill?: (kills: number) => void;
}

export interface KillRunVerdict {
  readonly kills: number;
  readonly engineKills: number;
  /** From the last kill's recovery until all was there; a gRPC client waits ever longer before it connects again. */
  readonly drainedMs: number;
  readonly streams: readonly StreamVerdict[];
  readonly failed: readonly FailedAttempt[];
  /** What the Collector says that it gave up. */
  readonly dropped: readonly string[];
  /** Calls that the rollup counts, less the spans that the table has. */
  readonly rollupDiffers: number;
}

/** A Collector sends all the time; obs is killed and started again; then what was sent is held against what is stored. */
export async function runCollectorKills(options: KillRunOptions): Promise<KillRunVerdict> {
  const { folder, rows } = options;
  const [grpcPort = 0, httpPort = 0, queryPort = 0] = await freePorts(3);
  const ports = ['--otlp-grpc-port', grpcPort, '--otlp-http-port', httpPort, '--query-port', queryPort].map(String);
  const target = daemonTarget([...options.daemon, ...ports], folder);
  const routes = await allRoutes();
  const collector = await startCollector({ binary: options.binary, folder, routes, grpcPort, httpPort });

  let over = false;
  const load = sendLoad({ routes, rows, pauseMs: options.pauseMs, over: () => over });
  const { running, kills, engineKills } = await killUntil(Date.now() + options.runMs, target.start, options);
  over = true;
  const sent = await load;

  await running.ready;
  const ask = <Row>(statement: string): Promise<readonly Row[]> => untilAnswered(queryPort, statement);
  const judge = (): Promise<readonly StreamVerdict[]> =>
    Promise.all(
      routes.flatMap((route) =>
        signals.map(async (signal) => {
          const stored = await ask<StoredRequest>(storedStatement[signal](route.name));
          return judgeStream(route, signal, rows, sent, stored, collector.failed);
        }),
      ),
    );
  const drainsSince = Date.now();
  while ((await judge()).some(({ lost }) => lost > 0) && Date.now() < drainsSince + options.drainMs) await sleep(200);
  const drainedMs = Date.now() - drainsSince;
  await collector.stop();
  // Waits until everything acknowledged is loaded, the Collector's last repetitions among them.
  await running.count();
  const streams = await judge();
  const [rollup] = await ask<{ differs: number }>(
    `SELECT toInt32((SELECT sum(Calls) FROM obs_red_1m WHERE SpanName = 'fault collector')) -
      toInt32((SELECT count() FROM otel_traces WHERE SpanName = 'fault collector')) AS differs`,
  );
  await running.stop();
  const { failed, dropped } = collector;
  return { kills, engineKills, drainedMs, streams, failed, dropped, rollupDiffers: rollup?.differs ?? Number.NaN };
}

/** The engine's process may have been the last one killed: the endpoint is not there until it is back. */
async function untilAnswered<Row>(port: number, statement: string): Promise<readonly Row[]> {
  for (let left = 300; ; left--) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        body: `${statement} FORMAT JSONEachRow`,
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Row);
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

/** Kills again and again: one in five times the engine's process alone, one in five times before it is ready. */
async function killUntil(
  endMs: number,
  start: () => RunningTarget,
  { lifeMs, leastKills, seed, onKill }: KillRunOptions,
): Promise<{ running: RunningTarget; kills: number; engineKills: number }> {
  const random = seededRandom(seed);
  const begin = (): RunningTarget => {
    const begun = start();
    // One that is killed before it is ready was not waited for.
    begun.ready.catch(() => {});
    return begun;
  };
  let running = begin();
  let kills = 0;
  let engineKills = 0;
  for (;;) {
    const kind = random.int(5);
    if (kind > 0) await running.ready;
    const left = kills < leastKills ? lifeMs : Math.max(0, endMs - Date.now());
    await sleep(Math.min(random.int(lifeMs), left));
    if (Date.now() >= endMs && kills >= leastKills) return { running, kills, engineKills };
    if (kind === 1) {
      await running.killEngine();
      engineKills += 1;
    } else {
      await running.kill();
      running = begin();
    }
    kills += 1;
    onKill?.(kills);
  }
}
