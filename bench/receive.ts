/**
 * What the transports themselves cost: a receiver over a spool that answers at once, in a process of its own, is sent
 * the same 277 KB protobuf request over and over. Prints requests per CPU-second of the receiver's process.
 *
 *   node bench/receive.ts [seconds a run] [connections]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { connect } from 'node:http2';
import * as http from 'node:http';
import { gzipSync } from 'node:zlib';
import { tracesRequest } from '../test/support/otlp-payloads.ts';
import { startReceivers } from '../test/engine/receive/support/receivers.ts';

interface Usage {
  readonly cpuSeconds: number;
  readonly requests: number;
  readonly rssMb: number;
}

if (process.argv[2] === 'serve') await serve();
else await measure(Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 4));

async function serve(): Promise<void> {
  const receivers = await startReceivers({ collect: false });
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    const { http, grpc } = receivers.intake.counters.snapshot();
    const requests = http.signals.traces.requests + grpc.signals.traces.requests;
    process.send?.({ cpuSeconds: (user + system) / 1e6, requests, rssMb: process.memoryUsage.rss() / 1e6 });
  });
  process.send?.({ http: receivers.http.port, grpc: receivers.grpc.port });
}

function reply<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
}

async function usageOf(child: ChildProcess): Promise<Usage> {
  const usage = reply<Usage>(child);
  child.send('usage');
  return usage;
}

async function measure(seconds: number, connections: number): Promise<void> {
  const payload = Buffer.from(tracesRequest());
  const zipped = gzipSync(payload);
  const runs = [
    ['HTTP', 'http', payload, undefined],
    ['gRPC', 'grpc', payload, undefined],
    ['HTTP gzip', 'http', zipped, 'gzip'],
    ['gRPC gzip', 'grpc', zipped, 'gzip'],
  ] as const;
  console.log(`${payload.length} bytes a request, ${zipped.length} gzipped, ${connections} connections`);
  const rates = new Map<string, number[]>();
  // Twice, alternating, so that a busy moment of the machine does not hit one transport alone.
  for (const round of [1, 2]) {
    for (const [name, transport, body, encoding] of runs) {
      const rate = await run(transport, body, encoding, seconds, connections);
      rates.set(name, [...(rates.get(name) ?? []), rate.perCpuSecond]);
      console.log(
        `round ${round}  ${name.padEnd(10)} ${rate.perCpuSecond.toFixed(0).padStart(6)} requests/CPU-s` +
          `  ${rate.perSecond.toFixed(0).padStart(6)} requests/s  ${rate.rssMb.toFixed(0)} MB`,
      );
    }
  }
  const mean = (name: string): number => (rates.get(name) ?? []).reduce((a, b) => a + b, 0) / 2;
  console.log(`gRPC / HTTP: ${((100 * mean('gRPC')) / mean('HTTP')).toFixed(0)} %`);
}

async function run(
  transport: 'http' | 'grpc',
  body: Buffer,
  encoding: string | undefined,
  seconds: number,
  connections: number,
): Promise<{ perCpuSecond: number; perSecond: number; rssMb: number }> {
  const child = fork(import.meta.filename, ['serve']);
  const ports = await reply<{ http: number; grpc: number }>(child);
  const senders = Array.from({ length: connections }, () =>
    transport === 'http' ? httpSender(ports.http, body, encoding) : grpcSender(ports.grpc, body, encoding),
  );
  await sendFor(1, senders);
  const before = await usageOf(child);
  const started = performance.now();
  await sendFor(seconds, senders);
  const elapsed = (performance.now() - started) / 1000;
  const after = await usageOf(child);
  for (const sender of senders) sender.close();
  child.kill();
  const requests = after.requests - before.requests;
  return {
    perCpuSecond: requests / (after.cpuSeconds - before.cpuSeconds),
    perSecond: requests / elapsed,
    rssMb: after.rssMb,
  };
}

interface Sender {
  readonly send: () => Promise<void>;
  readonly close: () => void;
}

async function sendFor(seconds: number, senders: readonly Sender[]): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const loop = async ({ send }: Sender): Promise<void> => {
    while (performance.now() < end) await send();
  };
  await Promise.all(senders.map(loop));
}

function httpSender(port: number, body: Buffer, encoding: string | undefined): Sender {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-length': body.length,
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
  return {
    send: () =>
      new Promise((resolve, reject) => {
        const req = http.request({ port, host: '127.0.0.1', path: '/v1/traces', method: 'POST', agent, headers });
        req.on('response', (res) => {
          if (res.statusCode !== 200) reject(new Error(`HTTP ${res.statusCode}`));
          res.on('end', resolve).resume();
        });
        req.on('error', reject);
        req.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function grpcSender(port: number, body: Buffer, encoding: string | undefined): Sender {
  const session = connect(`http://127.0.0.1:${port}`);
  const framed = Buffer.concat([Buffer.from([encoding === undefined ? 0 : 1, 0, 0, 0, 0]), body]);
  framed.writeUInt32BE(body.length, 1);
  const headers = {
    ':method': 'POST',
    ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...(encoding === undefined ? {} : { 'grpc-encoding': encoding }),
  };
  return {
    send: () =>
      new Promise((resolve, reject) => {
        const stream = session.request(headers);
        stream.on('trailers', (trailers) => {
          if (trailers['grpc-status'] !== '0') reject(new Error(`gRPC ${trailers['grpc-status']}`));
        });
        stream.on('end', resolve).on('error', reject).resume();
        stream.end(framed);
      }),
    close: () => session.close(),
  };
}
