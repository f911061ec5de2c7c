import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as https from 'node:https';
import { Deferred, Effect, Fiber, Schedule, Semaphore, type Scope } from 'effect';
import type { BadInput, EngineUnavailable, PortTaken, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { listen } from '../../net/listen.ts';
import { plainSecurity, type Security } from '../../net/security.ts';
import { guardTls, tlsOptions } from '../../net/tls-listener.ts';
import { Store } from '../store.ts';
import { sendException, sendResult, sendText, type ServerFacts } from './answer.ts';
import { authenticate } from './authenticate.ts';
import { asException, ClickHouseException, exception } from './exception.ts';
import { carriesRows, parseQueryRequest, readBody, type QueryRequest } from './query-request.ts';
import { runQuery, type QueryAnswer, type QueryError } from './run-query.ts';
import { makeSharedAnswers, type SharedAnswers } from './shared-answers.ts';
import { runUnguarded } from './writable-mode.ts';

export interface QueryEndpointOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Who may ask, and over TLS or not; without one everybody on the bound address, in the clear. */
  readonly security?: Security;
  /** For tests only: no guard and no limits, so that the remote store can be tried against this as against a server. */
  readonly writable?: boolean;
}

/** Why requests were not answered with a result, as they are counted. */
export type EndpointRefusal =
  | 'forbidden-host'
  | 'forbidden-origin'
  | 'unauthenticated'
  | 'no-client-certificate'
  | 'refused-statement';

export interface QueryEndpoint {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Requests refused since the start, by reason. */
  readonly refused: () => Readonly<Partial<Record<EndpointRefusal, number>>>;
}

/**
 * Serves the store over the part of ClickHouse's HTTP interface that its clients use, read-only: see
 * docs/query-endpoint.md. Closing the scope stops it and kills the queries that still run.
 */
export const startQueryEndpoint = Effect.fnUntraced(function* (
  options: QueryEndpointOptions,
): Effect.fn.Return<QueryEndpoint, PortTaken | BadInput, Store | Scope.Scope> {
  const facts = yield* learnFacts;
  const context = yield* Effect.context<Store>();
  const gate = yield* makeGate;
  const answers = yield* makeSharedAnswers;
  const fork = Effect.runForkWith(context);
  const running = new Set<Fiber.Fiber<void>>();
  const security = options.security ?? plainSecurity(options.host, []);
  const refused: Partial<Record<EndpointRefusal, number>> = {};
  const count = (reason: EndpointRefusal): void => void (refused[reason] = (refused[reason] ?? 0) + 1);

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const foreign = refuseHeaders(request, security);
    if (foreign !== undefined) {
      count(foreign.reason);
      sendException(response, facts(), '', foreign.error);
      request.resume();
      return;
    }
    const fiber = fork(serve(request, response, { facts: facts(), options, gate, answers, security, count }));
    running.add(fiber);
    fiber.addObserver(() => running.delete(fiber));
    // Who hangs up does not want the answer any more: the query ends in the engine.
    response.once('close', () => {
      if (!response.writableFinished) fiber.interruptUnsafe();
    });
  };
  const tls = tlsOptions(security, 'http/1.1');
  const server =
    tls === null ? http.createServer(serverOptions, handle) : https.createServer({ ...serverOptions, ...tls }, handle);
  if (server instanceof https.Server) guardTls(server, security, () => count('no-client-certificate'));
  server.maxConnections = limits.receive.connections;
  yield* Effect.acquireRelease(Effect.succeed(server), () =>
    Effect.gen(function* () {
      server.close();
      yield* Fiber.interruptAll([...running]);
      yield* Effect.sync(() => server.closeAllConnections());
    }),
  );
  const { host, port } = options;
  const bound = yield* listen(server, { what: 'the query endpoint', flag: '--query-port', host, port });
  return { ...bound, refused: () => ({ ...refused }) };
});

const serverOptions = {
  maxHeaderSize: limits.query.sqlBytes * 2,
  headersTimeout: limits.receive.headerMs,
  requestTimeout: limits.receive.requestMs,
  keepAliveTimeout: limits.receive.keepAliveMs,
  // A missing one is for us to judge, with the other headers.
  requireHostHeader: false,
} as const;

const serverFacts: Effect.Effect<ServerFacts, QueryFailed | EngineUnavailable, Store> = Effect.gen(function* () {
  const store = yield* Store;
  const { body } = yield* store.run({ sql: 'SELECT version(), timezone(), currentDatabase()', format: 'TSVRaw' });
  const [version = '', timezone = '', database = ''] = Buffer.from(body).toString('utf8').trim().split('\t');
  return { version, timezone, database };
});

/** Known when this completes, unless the store is a server that is away: then as soon as it answers. */
const learnFacts = Effect.gen(function* () {
  let facts: ServerFacts = { version: 'unknown', timezone: 'UTC', database: 'default' };
  const asked = yield* Deferred.make<void>();
  yield* serverFacts.pipe(
    Effect.tap((known) => Effect.sync(() => (facts = known))),
    Effect.ensuring(Deferred.succeed(asked, undefined)),
    Effect.retry({ schedule: Schedule.spaced('1 second'), while: ({ _tag }) => _tag === 'EngineUnavailable' }),
    Effect.ignore,
    Effect.forkScoped,
  );
  yield* Deferred.await(asked).pipe(Effect.timeoutOption('2 seconds'));
  return () => facts;
});

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

interface Foreign {
  readonly reason: EndpointRefusal;
  readonly error: ClickHouseException;
}

/** A page of another origin, or one whose name was made to point here (DNS rebinding), is not a client. */
function refuseHeaders({ headers }: IncomingMessage, security: Security): Foreign | undefined {
  if (!security.hostAllowed(headers.host)) {
    const text = `The Host header ${headers.host} is not a name of this endpoint`;
    return { reason: 'forbidden-host', error: exception('ACCESS_DENIED', text) };
  }
  if (headers.origin === undefined) return undefined;
  const text = `Pages of ${headers.origin} may not ask this endpoint`;
  return { reason: 'forbidden-origin', error: exception('ACCESS_DENIED', text) };
}

/** What all requests of an endpoint share. */
interface Shared {
  readonly facts: ServerFacts;
  readonly options: QueryEndpointOptions;
  readonly gate: Gate;
  readonly answers: SharedAnswers;
  readonly security: Security;
  readonly count: (reason: EndpointRefusal) => void;
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { facts, options, gate, answers, security, count }: Shared,
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
    const denied = authenticate(security, request, target.searchParams);
    if (denied !== undefined) {
      count('unauthenticated');
      return yield* denied;
    }
    const query = yield* readQuery(request, target.searchParams, options);
    if (query === undefined) return yield* Effect.sync(() => sendText(response, facts, 200, 'Ok.\n'));
    const answer: QueryAnswer =
      options.writable === true
        ? yield* gate(runUnguarded(query))
        : yield* answers.share(query, gate(runQuery(query, facts.database)));
    yield* Effect.promise(() => sendResult(request, response, facts, queryId, answer, query.compress));
  }).pipe(
    Effect.catch((error) =>
      Effect.sync(() => {
        if (error._tag === 'QueryRefused') count('refused-statement');
        sendException(response, facts, queryId, error instanceof ClickHouseException ? error : asException(error));
      }),
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
