/**
 * Good senders beside a crowd of slow ones: 1,000 clients that send their headers or bodies a byte a second, over HTTP
 * and gRPC. Phases without and with the crowd take turns in one run, at the same steady rate of good requests.
 *
 *     npm run fault:slow-clients -- --clients 1000 --rounds 4 --seconds 10
 *
 * Exit code 1 when the p99 of the good ones with the crowd is more than twice the p99 without, or one is not taken.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { tracesRequest } from '../test/support/otlp-payloads.ts';
import { makeGoodSenders, type Transport, transports } from './fault/wire/good-senders.ts';
import { startOwnDaemon } from './support/own-daemon.ts';
import { printTable, summary } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
  },
});
const daemon = startOwnDaemon();
const { otlpHttp, otlpGrpc } = daemon.endpoints;
const ports = [otlpHttp, otlpGrpc].map((url) => new URL(url).port);
const script = join(import.meta.dirname, 'fault/wire/slow-crowd.ts');
const crowd = spawn(process.execPath, [script, ...ports, flags.clients], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: crowd.stdout });
const tell = async (word: 'start' | 'stop'): Promise<{ connected: number; cutOff: number }> => {
  const answer = once(answers, 'line');
  crowd.stdin.write(`${word}\n`);
  return JSON.parse(String((await answer)[0])) as { connected: number; cutOff: number };
};

const phases = ['without', 'with'] as const;
const samples = new Map<string, number[]>();
const key = (transport: Transport, phase: string): string => `${transport} ${phase}`;
const good = makeGoodSenders(daemon.endpoints, tracesRequest({ spans: 20, startUnixMs: Date.now() }));

/** At a steady rate, whatever the answers take: a late answer does not spare the ones behind it. */
async function measure(phase: string): Promise<void> {
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  const gap = 1000 / Number(flags.rate);
  for (let n = 0; n * gap < Number(flags.seconds) * 1000; n++) {
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
  for (let round = 0; round < Number(flags.rounds); round++) {
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
  const clean = (rows.at(-1)?.ratio ?? Number.NaN) <= 2;
  if (flags.json) console.log(JSON.stringify({ clients: Number(flags.clients), rows, ...counts, clean }));
  else {
    printTable(
      Object.keys(rows[0] ?? {}),
      rows.map((row) => Object.values(row).map(String)),
    );
    console.log(`\n${counts.connected} slow connections, of which ${counts.cutOff} were cut off; times in ms`);
  }
  process.exitCode = clean ? 0 : 1;
} finally {
  crowd.kill();
  good.close();
  daemon.stop();
}
