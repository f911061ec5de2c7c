import { logsRequest } from '../../test/support/otlp-payloads.ts';
import { startOwnDaemon } from '../support/own-daemon.ts';
import { forgetPeak, mebibytes, peakBytes, residentBytes } from '../support/process-memory.ts';
import { deepPayloads } from './wire/deep-payloads.ts';
import { grpcCall, grpcPaths, httpCall, type Outcome } from './wire/raw-calls.ts';

const types = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

/** Every deep payload, over every transport that takes it, against one daemon. */
export async function sendNested(depth: number, mostMs: number) {
  const daemon = startOwnDaemon();
  const { otlpHttp, otlpGrpc, query } = daemon.endpoints;
  const httpLogs = (body: Uint8Array, encoding: keyof typeof types): Promise<Outcome> =>
    httpCall(otlpHttp, '/v1/logs', body, { 'content-type': types[encoding] });
  const ask = async (sql: string): Promise<number> =>
    Number(await (await fetch(query, { method: 'POST', body: sql })).text());

  async function storedRows(rows: number): Promise<void> {
    while (((await daemon.status()).stored?.logs ?? 0) < rows) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const results = [];
  let rows = 0;
  try {
    const { pid } = await daemon.status();
    const good = logsRequest({ records: 10, startUnixMs: Date.now() });
    await httpLogs(good, 'protobuf');
    rows += 10;
    for (const { name, encoding, bytes } of deepPayloads(depth, Date.now())) {
      for (const transport of ['HTTP', 'gRPC'] as const) {
        if (transport === 'gRPC' && encoding === 'json') continue;
        const before = residentBytes(pid);
        forgetPeak(pid);
        const { status, ms } =
          transport === 'HTTP' ? await httpLogs(bytes, encoding) : await grpcCall(otlpGrpc, grpcPaths.logs, bytes);
        const taken = status === '200' || status === 'grpc 0';
        if (taken) rows += 1;
        const more = mebibytes(peakBytes(pid) - before);
        const ok = (taken || status === '400' || status === 'grpc 3') && ms < mostMs;
        results.push({ encoding, nested: name, transport, status, ms: Math.round(ms), '+ MiB': more, ok });
      }
    }
    await storedRows(rows);
    const marked = await ask('SELECT count() FROM otel_logs WHERE CutValues > 0');
    const skipped = results.filter(
      ({ nested, status }) => /unknown field/.test(nested) && /^(200|grpc 0)$/.test(status),
    );
    const shouldBeMarked = rows - 10 - skipped.length;
    const alive = (await httpLogs(good, 'protobuf')).status === '200' && (await daemon.status()).pid === pid;
    const clean = alive && marked === shouldBeMarked && results.every(({ ok }) => ok);
    return { results, marked, shouldBeMarked, alive, clean };
  } finally {
    await daemon.stop();
  }
}
