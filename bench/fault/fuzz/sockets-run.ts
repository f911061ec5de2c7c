import { resolvePaths } from '../../../src/engine/config/paths.ts';
import { readRunState } from '../../../src/engine/daemon/run-state.ts';
import { startOwnDaemon } from '../../support/own-daemon.ts';
import { residentBytes } from '../../support/process-memory.ts';
import type { makeCorpus } from './corpus.ts';
import { makeRounds, seedOf, type Way, ways } from './over-sockets.ts';
import { trend } from './trend.ts';

export interface SocketsOptions {
  readonly corpus: ReturnType<typeof makeCorpus>;
  readonly seed: number;
  /** How many at least; the last round is sent whole. */
  readonly inputs: number;
  readonly save: (what: string, input: Buffer) => void;
}

/** Mutated inputs over every way in, against a daemon of their own. */
export async function overSockets({ corpus, seed, inputs, save }: SocketsOptions) {
  const daemon = startOwnDaemon();
  try {
    const before = await daemon.status();
    const key = readRunState(resolvePaths({ OBS_HOME: daemon.home }))?.access?.localKey ?? '';
    const rounds = makeRounds(daemon.endpoints, corpus, key);
    const rows = new Map<Way, { inputs: number; answers: Map<string, number>; faults: number; overload: number }>();
    const memory: number[] = [];
    const engineMemory: number[] = [];
    const sent = (): number => [...rows.values()].reduce((sum, row) => sum + row.inputs, 0);
    for (let round = 0; sent() < inputs; round++) {
      const work = ways.map(async (way, index) => {
        const row = rows.get(way) ?? { inputs: 0, answers: new Map<string, number>(), faults: 0, overload: 0 };
        rows.set(way, row);
        const done = await rounds[way](seedOf(seed, round * ways.length + index), (status, input) => {
          row.answers.set(status, (row.answers.get(status) ?? 0) + 1);
          if (status === '503' || status === 'grpc 14') row.overload++;
          else if (/^5(?!01)|^grpc (13|2)$/.test(status)) {
            row.faults++;
            save(`${way}: ${status}`, input);
          }
        });
        row.inputs += done;
      });
      await Promise.all(work);
      if (round % 10 === 0) {
        memory.push(residentBytes(before.pid));
        if (before.engine.pid !== null) engineMemory.push(residentBytes(before.engine.pid));
      }
    }
    const after = await daemon.status();
    const same = after.pid === before.pid && after.engine.pid === before.engine.pid;
    return {
      same,
      rows: [...rows].map(([way, { inputs, answers, faults, overload }]) => ({
        'over sockets': way,
        inputs,
        faults,
        overload,
        answers: [...answers]
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([status, n]) => `${status}: ${n}`)
          .join(', '),
      })),
      memory: trend(memory),
      engineMemory: trend(engineMemory),
    };
  } finally {
    await daemon.stop();
  }
}
