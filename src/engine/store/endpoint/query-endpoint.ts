import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Effect, Fiber, Semaphore, type Scope } from 'effect';
import type { BadInput, PortTaken } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { hostCheck } from '../../net/host-check.ts';
import { listen } from '../../net/listen.ts';
import { Store } from '../store.ts';
import { sendException, sendResult, sendText, type ServerFacts } from './answer.ts';
import { authenticate } from './authenticate.ts';
import { asException, ClickHouseException, exception } from './exception.ts';
import { carriesRows, parseQueryRequest, readBody, type QueryRequest } from './query-request.ts';
import { runQuery, type QueryAnswer, type QueryError } from './run-query.ts';
import { runUnguarded } from './writable-mode.ts';

export interface QueryEndpointOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** The password that every request must carry; without one all requests pass. */
  readonly token?: string;
  /** Names beyond loopback and `host` that a `Host` header may give. */
  readonly allowedHosts?: readonly string[];
  /** For tests only: no guard and no limits, so that the remote store can be tried against this as against a server. */
  readonly writable?: boolean;
}

export interface QueryEndpoint {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/**
 * Serves the store over the part of ClickHouse's HTTP interface that its clients use, read-only: see
 * docs/query-endpoint.md. Closing the scope stops it and kills the queries that still run.
 */
export const startQueryEndpoint = Effect.fnUntraced(function* (
  options: QueryEndpointOptions,
): Effect.fn.Return<QueryEndpoint, PortTaken | BadInput, Store | Scope.Scope> {
  const facts = yield* serverFacts;
  const context = yield* Effect.context<Store>();
  const gate = yield* makeGate;
  const fork = Effect.runForkWith(context);
  const running = new Set<Fiber.Fiber<void>>();
  const passesHost = hostCheck(options.host, options.allowedHosts ?? []);

  const server = createServer(
    {
      maxHeaderSize: limits.query.sqlBytes * 2,
      headersTimeout: limits.receive.headerMs,
      requestTimeout: limits.receive.requestMs,
      keepAliveTimeout: limits.receive.keepAliveMs,
      // A missing one is for us to judge, with the other headers.
      requireHostHeader: false,
    },
    (request, response) => {
      const refused = refuseHeaders(request, passesHost);
      if (refused !== undefined) {
        sendException(response, facts, '', refused);
        request.resume();
        return;
      }
      const fiber = fork(serve(request, response, facts, options, gate));
      running.add(fiber);
      fiber.addObserver(() => running.delete(fiber));
      // Who hangs up does not want the answer any more: the query ends in the engine.
      response.once('close', () => {
        if (!response.writableFinished) fiber.interruptUnsafe();
      });
    },
  );
  server.maxConnections = limits.receive.connections;
  yield* Effect.acquireRelease(Effect.succeed(server), () =>
    Effect.gen(function* () {
      server.close();
      yield* Fiber.interruptAll([...running]);
      yield* Effect.sync(() => server.closeAllConnections());
    }),
  );
  return yield* listen(server satisfies Server, {
    what: 'the query endpoint',
    flag: '--query-port',
    host: options.host,
    port: options.port,
  });
});

const serverFacts: Effect.Effect<ServerFacts, never, Store> = Effect.gen(function* () {
  const store = yield* Store;
  const { body } = yield* store.run({ sql: 'SELECT version(), timezone(), currentDatabase()', format: 'TSVRaw' });
  const [version = '', timezone = '', database = ''] = Buffer.from(body).toString('utf8').trim().split('\t');
  return { version, timezone, database };
}).pipe(Effect.orElseSucceed(() => ({ version: 'unknown', timezone: 'UTC', database: 'default' })));

/** So many queries run, so many more wait; one more is told to come again. */
const makeGate = Effect.gen(function* () {
  const permits = yield* Semaphore.make(limits.query.concurrent);
  let present = 0;
  return <A, R>(query: Effect.Effect<A, QueryError, R>): Effect.Effect<A, QueryError, R> =>
    Effect.suspend(() => {
      if (present >= limits.query.concurrent + limits.query.waiting) {
        return Effect.fail(
          exception(
            'TOO_MANY_SIMULTANEOUS_QUERIES',
            `Too many simultaneous queries. Maximum: ${limits.query.concurrent} running, ${limits.query.waiting} waiting`,
            503,
          ),
        );
      }
      present += 1;
      return permits
        .withPermits(1)(query)
        .pipe(Effect.ensuring(Effect.sync(() => (present -= 1))));
    });
});
type Gate = Effect.Success<typeof makeGate>;

/** A page of another origin, or one whose name was made to point here (DNS rebinding), is not a client. */
function refuseHeaders(
  request: IncomingMessage,
  passesHost: (header: string | undefined) => boolean,
): ClickHouseException | undefined {
  if (!passesHost(request.headers.host))
    return exception('ACCESS_DENIED', `The Host header ${request.headers.host} is not a name of this endpoint`);
  if (request.headers.origin !== undefined)
    return exception('ACCESS_DENIED', `Pages of ${request.headers.origin} may not ask this endpoint`);
  return undefined;
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  facts: ServerFacts,
  options: QueryEndpointOptions,
  gate: Gate,
): Effect.Effect<void, never, Store> {
  const target = URL.parse(request.url ?? '/', 'http://endpoint');
  if (target === null) return Effect.sync(() => sendText(response, facts, 400, 'Bad URI syntax\n'));
  const queryId = target.searchParams.get('query_id') ?? randomUUID();
  if (target.pathname === '/ping' || target.pathname === '/replicas_status') {
    return Effect.sync(() => sendText(response, facts, 200, 'Ok.\n'));
  }
  if (target.pathname !== '/') {
    return Effect.sync(() =>
      sendText(
        response,
        facts,
        404,
        `There is no handle ${target.pathname}\n\nUse / or /ping for health checks.\nOr /?query=... to run a query.\n`,
      ),
    );
  }
  return Effect.gen(function* () {
    const denied = authenticate(options.token, request.headers, target.searchParams);
    if (denied !== undefined) return yield* denied;
    const query = yield* readQuery(request, target.searchParams, options);
    if (query === undefined) return yield* Effect.sync(() => sendText(response, facts, 200, 'Ok.\n'));
    const answer: QueryAnswer = yield* gate(
      options.writable === true ? runUnguarded(query) : runQuery(query, facts.database),
    );
    yield* Effect.promise(() => sendResult(request, response, facts, queryId, answer, query.compress));
  }).pipe(
    Effect.catch((error) =>
      Effect.sync(() =>
        sendException(response, facts, queryId, error instanceof ClickHouseException ? error : asException(error)),
      ),
    ),
  );
}

/** Nothing for a plain `GET /`, which clients and people use to see whether anybody is there. */
const readQuery = Effect.fnUntraced(function* (
  request: IncomingMessage,
  url: URLSearchParams,
  options: QueryEndpointOptions,
): Effect.fn.Return<QueryRequest | undefined, ClickHouseException> {
  const method = request.method ?? 'GET';
  if (method !== 'GET' && method !== 'POST' && method !== 'HEAD') {
    return yield* exception('NOT_IMPLEMENTED', `The method ${method} is not offered`);
  }
  if (method !== 'POST' && !url.has('query')) return undefined;
  // Rows that will be refused need not be read, nor understood: clients compress them in ways of their own.
  const skipBody = options.writable !== true && carriesRows(url);
  const limit = options.writable === true ? limits.receive.bodyBytes : limits.query.sqlBytes;
  return yield* Effect.tryPromise({
    try: async () => parseQueryRequest(request, url, skipBody ? Buffer.alloc(0) : await readBody(request, limit)),
    catch: (error) =>
      error instanceof ClickHouseException
        ? error
        : exception('NETWORK_ERROR', `The request broke off: ${String(error)}`),
  });
});
