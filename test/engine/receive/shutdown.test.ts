import { createServer } from 'node:net';
import { Deferred, Effect, Exit } from 'effect';
import { describe, expect, test } from 'vitest';
import { tracesRequest } from '../../support/otlp-payloads.ts';
import { portOwner } from '../../../src/engine/net/port-owner.ts';
import { startOtlpGrpc } from '../../../src/engine/receive/grpc/otlp-grpc.ts';
import { startOtlpHttp } from '../../../src/engine/receive/http/otlp-http.ts';
import { exportTraces, grpcCall, grpcClient, healthCheck, post, protobufType, RawClient } from './support/clients.ts';
import { allAccepted, memorySpool, type Receivers, startReceivers } from './support/receivers.ts';

const spans = tracesRequest({ spans: 20 });

/** Receivers whose spool holds every body until the gate opens, and says when `count` bodies are in it. */
async function gated(
  count: number,
  limits = {},
): Promise<Receivers & { open: () => Promise<unknown>; full: Promise<void> }> {
  const gate = Deferred.makeUnsafe<void>();
  const full = Promise.withResolvers<void>();
  let waiting = 0;
  const receivers = await startReceivers({
    limits,
    append: () => {
      if (++waiting === count) full.resolve();
      return Deferred.await(gate).pipe(Effect.as(allAccepted));
    },
  });
  const open = (): Promise<unknown> => Effect.runPromise(Deferred.succeed(gate, undefined));
  return { ...receivers, open, full: full.promise };
}

describe('stopping', () => {
  test('requests under way are answered, idle connections closed, new ones refused', async () => {
    const receivers = await gated(2);
    const { http, grpc, stop, open, full } = receivers;
    const idle = new RawClient(http.port).send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await idle.received('HTTP/1.1 404');
    const silent = new RawClient(grpc.port);
    const client = grpcClient(grpc.url);
    const overHttp = post(`${http.url}/v1/traces`, spans, protobufType);
    const overGrpc = grpcCall(client, exportTraces, spans);
    await full;

    const stopped = stop();
    await idle.closed;
    await silent.closed;
    await expect(fetch(http.url)).rejects.toThrow();
    await open();
    const response = await overHttp;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    expect((await overGrpc).code).toBe(0);
    await stopped;
    client.close();
    expect(receivers.received).toHaveLength(2);
    expect(receivers.intake.budget.used).toBe(0);
  });

  test('a request that starts on an open connection meanwhile is told to come again, and health says so', async () => {
    const receivers = await gated(1);
    const request = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${spans.length}\r\n\r\n`;
    const client = new RawClient(receivers.http.port).send(request, spans);
    await receivers.full;
    const stopped = receivers.stop();
    client.send(request, spans);
    await receivers.open();
    const answers = await client.closed;
    await stopped;
    expect(answers.match(/HTTP\/1.1 \d+/g)?.[0]).toBe('HTTP/1.1 200');
    expect(receivers.received).toHaveLength(1);
  });

  test('who does not finish in time is cut off', async () => {
    const receivers = await gated(1, { stopMs: 100 });
    const slow = new RawClient(receivers.http.port).send(
      'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    );
    const client = grpcClient(receivers.grpc.url);
    const held = grpcCall(client, exportTraces, spans);
    await receivers.full;
    await receivers.stop();
    expect(await slow.closed).toBe('');
    expect((await held).code).not.toBe(0);
    await receivers.open();
    client.close();
  });

  test('the port is free again', async () => {
    const first = await startReceivers();
    expect((await grpcCall(grpcClient(first.grpc.url), healthCheck, Buffer.alloc(0))).code).toBe(0);
    await first.stop();
    const again = await startReceivers({ http: { port: first.http.port }, grpc: { port: first.grpc.port } });
    expect(again.http.port).toBe(first.http.port);
    await again.stop();
  });
});

describe('a port that is taken', () => {
  const start = (
    make: typeof startOtlpHttp | typeof startOtlpGrpc,
    options: object,
  ): Promise<Exit.Exit<unknown, unknown>> =>
    Effect.runPromiseExit(
      make({ host: '127.0.0.1', port: 0, ...options }).pipe(
        Effect.scoped,
        Effect.provide(memorySpool(() => Effect.succeed(allAccepted))),
      ),
    );

  test('names the flag and, on Linux, the process', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const pid = process.platform === 'linux' ? { pid: process.pid } : {};
    const http = await start(startOtlpHttp, { port });
    expect(http).toMatchObject(
      Exit.fail(
        expect.objectContaining({ _tag: 'PortTaken', what: 'OTLP/HTTP', port, flag: '--otlp-http-port', ...pid }),
      ),
    );
    const grpc = await start(startOtlpGrpc, { port, flag: '--my-port' });
    expect(grpc).toMatchObject(
      Exit.fail(expect.objectContaining({ _tag: 'PortTaken', what: 'OTLP/gRPC', flag: '--my-port' })),
    );
    await new Promise((resolve) => server.close(resolve));
    expect(portOwner(port)).toBeUndefined();
  });

  test('an address that is not here is another mistake', async () => {
    expect(await start(startOtlpHttp, { host: '203.0.113.1' })).toMatchObject(
      Exit.fail(expect.objectContaining({ _tag: 'BadInput', why: 'EADDRNOTAVAIL' })),
    );
  });
});
