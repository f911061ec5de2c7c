import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tracesRequest } from '../../test/support/otlp-payloads.ts';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { summary } from '../support/report.ts';
import { makeGoodSenders, type Transport, transports } from './wire/good-senders.ts';

export interface SlowClientsOptions {
  readonly clients: number;
  readonly rounds: number;
  /** Of a phase. */
  readonly seconds: number;
  /** Good requests a second. */
  readonly rate: number;
  /** How long it takes until all slow ones are there. */
  readonly arrivalMs: number;
}

const phases = ['without', 'with'] as const;
const key = (transport: Transport, phase: string): string => `${transport} ${phase}`;

/** Good senders at a steady rate, without and with a crowd of slow ones. @throws where a good request is not taken */
export async function slowClients({ clients, rounds, seconds, rate, arrivalMs }: SlowClientsOptions) {
  const daemon = startOwnDaemon();
  const { otlpHttp, otlpGrpc } = daemon.endpoints;
  const ports = [otlpHttp, otlpGrpc].map((url) => new URL(url).port);
  const script = join(import.meta.dirname, 'wire/slow-crowd.ts');
  const crowd = spawn(process.execPath, [script, ...ports, String(clients), String(arrivalMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: crowd.stdout });
  const tell = async (word: 'start' | 'stop'): Promise<{ connected: number; cutOff: number }> => {
    const answer = once(answers, 'line');
    crowd.stdin.write(`${word}\n`);
    return JSON.parse(String((await answer)[0])) as { connected: number; cutOff: number };
  };

  const samples = new Map<string, number[]>();
  const good = makeGoodSenders(daemon.endpoints, tracesRequest({ spans: 20, startUnixMs: Date.now() }));

  /** At a steady rate, whatever the answers take: a late answer does not spare the ones behind it. */
  async function measure(phase: string): Promise<void> {
    const pending: Promise<void>[] = [];
    const startedAt = performance.now();
    const gap = 1000 / rate;
    for (let n = 0; n * gap < seconds * 1000; n++) {
      const due = startedAt + n * gap;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      const transport = transports[n % transports.length] as Transport;
      const list = samples.get(key(transport, phase)) ?? [];
      samples.set(key(transport, phase), list);
      const sentAt = performance.now();
      pending.push(good.send(transport).then(() => void list.push(performance.now() - sentAt)));
    }
    await Promise.all(pending);
  }

  try {
    await measure('warm-up');
    let counts = { connected: 0, cutOff: 0 };
    for (let round = 0; round < rounds; round++) {
      await measure('without');
      await tell('start');
      await measure('with');
      counts = await tell('stop');
    }
    const rows = [...transports, 'both' as const].map((transport) => {
      const of = (phase: string): number[] =>
        transport === 'both'
          ? transports.flatMap((one) => samples.get(key(one, phase)) ?? [])
          : (samples.get(key(transport, phase)) ?? []);
      const [without, with_] = phases.map((phase) => summary(of(phase)));
      const ms = (value: number | undefined): number => Math.round((value ?? Number.NaN) * 10) / 10;
      return {
        transport,
        'requests a phase': of('with').length,
        'p50 without': ms(without?.median),
        'p50 with': ms(with_?.median),
        'p99 without': ms(without?.p99),
        'p99 with': ms(with_?.p99),
        ratio: Math.round(((with_?.p99 ?? Number.NaN) / (without?.p99 ?? Number.NaN)) * 100) / 100,
      };
    });
    const answered = [...samples.values()].reduce((total, list) => total + list.length, 0);
    return { rows, answered, ratio: rows.at(-1)?.ratio ?? Number.NaN, ...counts };
  } finally {
    crowd.kill();
    good.close();
    await daemon.stop();
  }
}
