import type { Signal } from '../../src/engine/domain/signals.ts';
import { startOwnDaemon, type OwnDaemon } from '../support/own-daemon.ts';
import { bodiesOf, loads, type Transport } from './loads.ts';
import { makeSender, sendFor } from './senders.ts';

export interface Throughput {
  readonly signal: Signal;
  readonly transport: Transport;
  readonly items: number;
  readonly refused: number;
  readonly cpuSeconds: number;
  readonly perCpuSecond: number;
  /** Items a second of wall time, the senders beside it on the same machine. */
  readonly perSecond: number;
  readonly requestBytes: number;
}

export interface RunOptions {
  readonly seconds: number;
  readonly connections: number;
}

/**
 * A fresh daemon is sent requests of one kind as fast as it answers. CPU of both its processes counts, from the first
 * request until the last row can be queried; a second of sending comes before, for the compiler of V8.
 */
export async function measureThroughput(
  signal: Signal,
  transport: Transport,
  options: RunOptions,
): Promise<Throughput> {
  const daemon = startOwnDaemon();
  const senders = Array.from({ length: options.connections }, () => makeSender(daemon.endpoints, signal, transport));
  try {
    const bodies = bodiesOf(signal, transport);
    const { items } = loads[signal];
    const warmUp = await sendFor(1, senders, bodies);
    await allStored(daemon, signal, warmUp.taken * items);
    const cpuBefore = await daemon.cpuSeconds();
    const start = performance.now();
    const { taken, refused } = await sendFor(options.seconds, senders, bodies);
    await allStored(daemon, signal, (warmUp.taken + taken) * items);
    const wallSeconds = (performance.now() - start) / 1000;
    const cpuSeconds = (await daemon.cpuSeconds()) - cpuBefore;
    return {
      signal,
      transport,
      items: taken * items,
      refused,
      cpuSeconds,
      perCpuSecond: Math.round((taken * items) / cpuSeconds),
      perSecond: Math.round((taken * items) / wallSeconds),
      requestBytes: bodies[0]?.length ?? 0,
    };
  } finally {
    for (const sender of senders) sender.close();
    await daemon.stop();
  }
}

export async function allStored(daemon: OwnDaemon, signal: Signal, expected: number): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const { stored } = await daemon.status();
    if ((stored?.[signal] ?? 0) >= expected) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not all ${signal} came into the store within two minutes`);
}
