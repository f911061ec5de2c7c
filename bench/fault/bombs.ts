import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { tracesRequest } from '../../test/support/otlp-payloads.ts';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { forgetPeak, mebibytes, peakBytes, residentBytes } from '../support/process-memory.ts';
import type { Transport } from './wire/good-senders.ts';
import { grpcCall, grpcPaths, httpCall, type Outcome } from './wire/raw-calls.ts';

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const bombs = {
  gzip: (zeros: Buffer) => gzipSync(zeros, { level: 9 }),
  zstd: (zeros: Buffer) => zstdCompressSync(zeros),
  deflate: (zeros: Buffer) => deflateSync(zeros, { level: 9 }),
  br: (zeros: Buffer) => brotliCompressSync(zeros, quick),
} as const;
export type Encoding = keyof typeof bombs;
export const encodings = Object.keys(bombs) as readonly Encoding[];

const good = tracesRequest({ spans: 100, startUnixMs: Date.now() });
const type = { 'content-type': 'application/x-protobuf' };

/** So many bombs at once against a daemon of their own. */
export async function sendBombs(
  transport: Transport,
  encoding: Encoding,
  bytes: number,
  atOnce: number,
  mostMs: number,
) {
  const bomb = bombs[encoding](Buffer.alloc(bytes));
  const daemon = startOwnDaemon();
  try {
    const { pid } = await daemon.status();
    const { otlpHttp, otlpGrpc } = daemon.endpoints;
    const send = (): Promise<Outcome> =>
      transport === 'HTTP'
        ? httpCall(otlpHttp, '/v1/traces', bomb, { ...type, 'content-encoding': encoding })
        : grpcCall(otlpGrpc, grpcPaths.traces, bomb, encoding);
    const sendGood = (): Promise<Outcome> =>
      transport === 'HTTP' ? httpCall(otlpHttp, '/v1/traces', good, type) : grpcCall(otlpGrpc, grpcPaths.traces, good);
    for (let i = 0; i < 5; i++) await sendGood();
    const before = residentBytes(pid);
    forgetPeak(pid);
    const outcomes = await Promise.all(Array.from({ length: atOnce }, send));
    const more = mebibytes(peakBytes(pid) - before);
    const afterwards = (await sendGood()).status;
    const slowest = Math.round(Math.max(...outcomes.map(({ ms }) => ms)));
    const answers = [...new Set(outcomes.map(({ status }) => status))].join(', ');
    const refused = outcomes.every(({ status }) => ['413', '503', 'grpc 8', 'grpc 14', 'grpc 3'].includes(status));
    const alive = afterwards === (transport === 'HTTP' ? '200' : 'grpc 0') && (await daemon.status()).pid === pid;
    const kept = atOnce > 1 || (slowest < mostMs && more <= 64);
    const ratio = `${Math.round(bytes / bomb.length)}:1`;
    const ok = refused && alive && kept;
    return { transport, encoding, ratio, 'at once': atOnce, answers, 'slowest ms': slowest, '+ MiB': more, alive, ok };
  } finally {
    await daemon.stop();
  }
}
