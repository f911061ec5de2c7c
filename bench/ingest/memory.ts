import { plot } from 'asciichart';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { residentBytesOf } from '../support/process-usage.ts';
import { bodiesOf, loads } from './loads.ts';
import { makeSender, sendFor } from './senders.ts';
import { allStored, type RunOptions } from './throughput.ts';

export interface Memory {
  /** Daemon and engine together, in MB of 10^6 bytes: before any load, the most under it, ten seconds after it. */
  readonly idleMb: number;
  readonly highestMb: number;
  readonly afterMb: number;
  readonly minutes: number;
  readonly spans: number;
  readonly refused: number;
  readonly perCpuSecond: number;
  /** Of a straight line through the second half of the run. */
  readonly slopeMbPerMinute: number;
  /** One value a second: the sum of both processes. */
  readonly seriesMb: readonly number[];
}

const afterMs = 10_000;

/** Spans at the top rate for minutes, and what both processes hold in memory meanwhile. */
export async function measureMemory(minutes: number, options: RunOptions): Promise<Memory> {
  const daemon = startOwnDaemon();
  const senders = Array.from({ length: options.connections }, () =>
    makeSender(daemon.endpoints, 'traces', 'http-protobuf'),
  );
  try {
    const { pid, engine } = await daemon.status();
    const residentMb = (): number => {
      const pids = [pid, engine.pid].filter((id) => id !== null);
      return pids.reduce((sum, id) => sum + residentBytesOf(id), 0) / 1e6;
    };
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const idleMb = residentMb();
    const seriesMb: number[] = [];
    const sampling = setInterval(() => seriesMb.push(residentMb()), 1000);
    const cpuBefore = await daemon.cpuSeconds();
    const { taken, refused } = await sendFor(minutes * 60, senders, bodiesOf('traces', 'http-protobuf'));
    clearInterval(sampling);
    const spans = taken * loads.traces.items;
    await allStored(daemon, 'traces', spans);
    const perCpuSecond = Math.round(spans / ((await daemon.cpuSeconds()) - cpuBefore));
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    return {
      idleMb,
      highestMb: Math.max(...seriesMb),
      afterMb: residentMb(),
      minutes,
      spans,
      refused,
      perCpuSecond,
      slopeMbPerMinute: slopeOf(seriesMb.slice(Math.floor(seriesMb.length / 2))) * 60,
      seriesMb,
    };
  } finally {
    for (const sender of senders) sender.close();
    await daemon.stop();
  }
}

/** Least squares: change of the values from one to the next. */
function slopeOf(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  values.forEach((value, x) => {
    above += (x - meanX) * (value - meanY);
    below += (x - meanX) ** 2;
  });
  return below === 0 ? 0 : above / below;
}

/** The series as a drawing of at most 70 columns, each the mean of its seconds. */
export function plotOf(seriesMb: readonly number[]): string {
  const perColumn = Math.max(1, Math.ceil(seriesMb.length / 70));
  const columns = Array.from({ length: Math.ceil(seriesMb.length / perColumn) }, (_, index) => {
    const part = seriesMb.slice(index * perColumn, (index + 1) * perColumn);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  return plot([0, ...columns], { height: 12, format: (value: number) => `${value.toFixed(0)} MB`.padStart(9) });
}
