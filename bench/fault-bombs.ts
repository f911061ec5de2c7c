/**
 * Decompression bombs, a gibibyte of zeros each, over HTTP and gRPC, against a daemon of their own: how long until they
 * are refused, and how much more memory the daemon ever held meanwhile (VmHWM of proc(5), which misses nothing).
 *
 *     npm run fault:bombs
 *
 * Exit code 1 when one bomb takes 1 s or more, makes the daemon more than 64 MiB larger, or is taken.
 */
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { tracesRequest } from '../test/support/otlp-payloads.ts';
import { grpcCall, grpcPaths, httpCall, type Outcome } from './fault/wire/raw-calls.ts';
import { startOwnDaemon } from './support/own-daemon.ts';
import { forgetPeak, mebibytes, peakBytes, residentBytes } from './support/process-memory.ts';
import { printTable } from './support/report.ts';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const mebibyte = 1024 * 1024;
const gibibyte = Buffer.alloc(1024 * mebibyte);
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const bombs: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(gibibyte, { level: 9 }),
  zstd: zstdCompressSync(gibibyte),
  deflate: deflateSync(gibibyte, { level: 9 }),
  br: brotliCompressSync(gibibyte, quick),
};
const good = tracesRequest({ spans: 100, startUnixMs: Date.now() });
const type = { 'content-type': 'application/x-protobuf' };

async function measure(transport: 'HTTP' | 'gRPC', encoding: string, bomb: Buffer, atOnce: number) {
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
    const kept = atOnce > 1 || (slowest < 1000 && more <= 64);
    const ratio = `${Math.round(gibibyte.length / bomb.length)}:1`;
    const ok = refused && alive && kept;
    return { transport, encoding, ratio, 'at once': atOnce, answers, 'slowest ms': slowest, '+ MiB': more, alive, ok };
  } finally {
    daemon.stop();
  }
}

const results = [];
for (const transport of ['HTTP', 'gRPC'] as const) {
  for (const [encoding, bomb] of Object.entries(bombs)) results.push(await measure(transport, encoding, bomb, 1));
  results.push(await measure(transport, 'gzip', bombs['gzip'] as Buffer, 16));
}
const clean = results.every(({ ok }) => ok);
if (flags.json) console.log(JSON.stringify({ results, clean }));
else
  printTable(
    Object.keys(results[0] ?? {}),
    results.map((result) => Object.values(result).map(String)),
  );
process.exitCode = clean ? 0 : 1;
