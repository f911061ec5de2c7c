import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { Effect, type Scope } from 'effect';
import type { BadInput, PortTaken } from '../../domain/errors.ts';
import type { Spool } from '../../spool/spool.ts';
import { routeByFirstBytes } from '../first-bytes.ts';
import { type Actions, type HttpContext, handleHttpRequest, type Routes } from './http-request.ts';
import { type Intake, makeIntake } from '../intake.ts';
import type { ReceiverOptions } from '../receiver-options.ts';
import { listen, type Listening } from '../../net/listen.ts';
import { plainSecurity } from '../../net/security.ts';
import { guardTls, tlsOptions } from '../../net/tls-listener.ts';
import { answerWrongProtocol } from '../wrong-protocol.ts';

export interface HttpReceiverOptions extends ReceiverOptions {
  readonly routes?: Routes;
  readonly actions?: Actions;
}

/** Timeouts are looked for this often, so they may be late by as much. */
const timeoutCheckMs = 1_000;

/**
 * The OTLP/HTTP receiver: POST /v1/traces, /v1/logs, /v1/metrics in protobuf or JSON, plus the given GET routes.
 * Closing the scope stops accepting, lets requests under way finish (`stopMs` at most), then closes.
 */
export const startOtlpHttp = (
  options: HttpReceiverOptions,
): Effect.Effect<Listening, PortTaken | BadInput, Spool | Scope.Scope> =>
  Effect.gen(function* () {
    const intake = options.intake ?? (yield* makeIntake());
    const { limits, counters } = intake;
    let stopping = false;
    const security = options.security ?? plainSecurity(options.host, options.allowedHosts ?? []);
    const context: HttpContext = {
      intake,
      routes: options.routes ?? new Map(),
      actions: options.actions ?? new Map(),
      security,
      stopping: () => stopping,
    };

    const serverOptions = {
      headersTimeout: limits.headerMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(timeoutCheckMs, limits.headerMs),
      noDelay: true,
    };
    const tls = tlsOptions(security, 'http/1.1');
    const server = tls === null ? http.createServer(serverOptions) : https.createServer({ ...serverOptions, ...tls });
    if (server instanceof https.Server) {
      guardTls(server, security, () => counters.refused('http', 'no-client-certificate'));
    }
    server.maxConnections = limits.connections;
    server.on('drop', () => counters.refused('http', 'too-many-connections'));
    server.on('request', (req, res) => handleHttpRequest(context, req, res, false));
    server.on('checkContinue', (req, res) => handleHttpRequest(context, req, res, true));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      answerClientError(intake, error, socket as Socket);
    });
    const cutUndecided = routeByFirstBytes(server, limits.headerMs, (socket, protocol, serve) => {
      if (tls === null ? protocol === 'http2' || protocol === 'tls' : protocol !== 'tls') {
        answerWrongProtocol(intake, 'http', socket, protocol, tls !== null);
        return;
      }
      serve();
      if (tls === null) socket.resume();
    });

    const stop = Effect.callback<void>((resume) => {
      stopping = true;
      cutUndecided();
      const patience = setTimeout(() => server.closeAllConnections(), limits.stopMs);
      server.close(() => {
        clearTimeout(patience);
        resume(Effect.void);
      });
    });
    return yield* Effect.acquireRelease(
      listen(server, { ...options, what: 'OTLP/HTTP', flag: options.flag ?? '--otlp-http-port' }),
      () => stop,
    );
  });

/** What Node's parser refuses (or its timers cut) never becomes a request: answered on the bare socket. */
function answerClientError({ counters }: Intake, error: NodeJS.ErrnoException, socket: Socket): void {
  // The sender is gone; a request that had begun counts itself as aborted.
  if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [reason, status] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? (['timeout', '408 Request Timeout'] as const)
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? (['too-large', '431 Request Header Fields Too Large'] as const)
        : (['wrong-protocol', '400 Bad Request'] as const);
  counters.refused('http', reason);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
