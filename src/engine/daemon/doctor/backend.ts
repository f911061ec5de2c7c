import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Clock, Effect, Schedule } from 'effect';
import { httpQueryClient } from '../../store/http-query-client.ts';
import { QueryClient } from '../../store/query-client.ts';
import { portOwner } from '../../net/port-owner.ts';
import { accessTo, type DaemonAccess } from '../daemon-access.ts';
import type { RunState } from '../run-state.ts';
import { type Check, type Finding, ok, problem, skipped, warning } from './check.ts';

const skewMs = 2_000;
const spanPatience = '15 seconds';

/** The engine loads and answers: through the running daemon, or opened here in memory. */
export const checkEngine: Check = ({ running, env }) => {
  if (running === null) {
    return Effect.tryPromise(async () => {
      const { query } = await import('chdb');
      return query('SELECT version()', 'TSV').trim();
    }).pipe(
      Effect.map((version): readonly Finding[] => [ok('engine', `ClickHouse ${version} (chDB) loads`)]),
      Effect.catch((error) =>
        Effect.succeed([
          problem(
            'engine',
            `chDB does not load: ${String(error.cause)}`,
            'Run `npm ci` again; Linux with glibc or macOS is needed',
          ),
        ]),
      ),
    );
  }
  return Effect.gen(function* () {
    const client = yield* QueryClient;
    const before = yield* Clock.currentTimeMillis;
    const [row] = yield* client.rows<{ version: string; now: string }>(
      'SELECT version() AS version, toString(toUnixTimestamp64Milli(now64(3))) AS now',
    );
    const after = yield* Clock.currentTimeMillis;
    const skew = Number(row?.now ?? Number.NaN) - (before + after) / 2;
    return [
      ok('engine', `ClickHouse ${row?.version} answers at ${client.endpoint} in ${after - before} ms`),
      Math.abs(skew) < skewMs
        ? ok('clock', `engine and this process agree within ${Math.abs(Math.round(skew))} ms`)
        : warning('clock', `the engine's clock is ${Math.round(skew)} ms off`, 'Synchronise the clocks (NTP)'),
    ];
  }).pipe(
    Effect.catch((error) =>
      Effect.succeed([
        problem('engine', `does not answer: ${error._tag}`, 'See `obs status`; restart with `obs down && obs up`'),
      ]),
    ),
    Effect.provide(httpQueryClient(accessTo(running, env).query)),
  );
};

/** Without a daemon: can one take its ports? */
export const checkPorts: Check = ({ running, settings }) => {
  if (running !== null) return Effect.succeed([ok('ports', `in use by obs itself (pid ${running.pid})`)]);
  const wanted = [
    ['OTLP/gRPC', settings.otlpGrpcPort, '--otlp-grpc-port'],
    ['OTLP/HTTP', settings.otlpHttpPort, '--otlp-http-port'],
    ['query endpoint', settings.queryPort, '--query-port'],
  ] as const;
  return Effect.forEach(wanted, ([what, port, flag]) =>
    Effect.promise(() => isFree(port)).pipe(
      Effect.map((free): Finding => {
        if (free) return ok('ports', `${port} (${what}) is free`);
        const pid = portOwner(port);
        const holder = pid === undefined ? 'another program' : `process ${pid}`;
        return problem('ports', `${port} (${what}) is taken by ${holder}`, `Stop it, or \`obs up ${flag} 0\``);
      }),
    ),
  );
};

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The whole way once: a span sent over OTLP/HTTP and found again through the query endpoint. */
export const checkRoundTrip: Check = ({ running, env }) => {
  if (running === null) return Effect.succeed([skipped('test span', 'obs is not running', 'Start it with `obs up`')]);
  return roundTrip(running, accessTo(running, env)).pipe(
    Effect.catch((reason) =>
      Effect.succeed([problem('test span', reason, 'See `obs status` for the spool and the engine')]),
    ),
  );
};

const roundTrip = Effect.fnUntraced(function* ({ endpoints }: RunState, access: DaemonAccess) {
  const traceId = randomBytes(16).toString('hex');
  const start = yield* Clock.currentTimeMillis;
  const body = JSON.stringify(doctorSpan(traceId, randomBytes(8).toString('hex'), start));
  const answer = yield* Effect.tryPromise({
    try: () =>
      access.ask(`${endpoints.otlpHttp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }),
    catch: (error) => `could not be sent: ${String(error)}`,
  });
  if (answer.status !== 200) return yield* Effect.fail(`was answered with ${answer.status}`);
  const acknowledged = yield* Clock.currentTimeMillis;
  const found = Effect.gen(function* () {
    const client = yield* QueryClient;
    const rows = yield* client.rows<{ n: string }>('SELECT count() AS n FROM otel_traces WHERE TraceId = {id:String}', {
      parameters: { id: traceId },
    });
    return rows[0]?.n === '1';
  }).pipe(
    Effect.repeat({ schedule: Schedule.spaced('50 millis'), until: (is: boolean) => is }),
    Effect.timeout(spanPatience),
    Effect.mapError((error) => `was acknowledged but not found (${error._tag})`),
    Effect.provide(httpQueryClient(access.query)),
  );
  yield* found;
  const queryable = yield* Clock.currentTimeMillis;
  return [
    ok('test span', `acknowledged in ${acknowledged - start} ms, found again ${queryable - acknowledged} ms later`),
  ];
});

function doctorSpan(traceId: string, spanId: string, nowUnixMs: number): object {
  const nanos = `${BigInt(nowUnixMs) * 1_000_000n}`;
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'obs-doctor' } }] },
        scopeSpans: [
          {
            scope: { name: 'obs/doctor' },
            spans: [{ traceId, spanId, name: 'obs doctor', kind: 1, startTimeUnixNano: nanos, endTimeUnixNano: nanos }],
          },
        ],
      },
    ],
  };
}
