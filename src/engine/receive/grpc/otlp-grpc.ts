import * as http2 from 'node:http2';
import { Server as TlsServer, type TlsOptions } from 'node:tls';
import { Effect, type Scope } from 'effect';
import type { BadInput, PortTaken } from '../../domain/errors.ts';
import type { Spool } from '../../spool/spool.ts';
import { routeByFirstBytes } from '../first-bytes.ts';
import { type GrpcContext, handleGrpcCall } from './grpc-call.ts';
import { makeIntake, type ReceiveLimits } from '../intake.ts';
import { listen, type Listening } from '../../net/listen.ts';
import { plainSecurity } from '../../net/security.ts';
import { guardTls, tlsOptions } from '../../net/tls-listener.ts';
import type { ReceiverOptions } from '../receiver-options.ts';
import { answerWrongProtocol } from '../wrong-protocol.ts';

/** Larger frames than HTTP/2's default of 16 KiB, for the clients that use them: fewer events a body. */
const frameBytes = 256 * 1024;
/** The sum of all headers of a call. */
const headerBytes = 16 * 1024;
/** Node counts what waits to be sent and per-stream state; new streams beyond are refused. In megabytes. */
const sessionMemoryMb = 64;

function createServer(limits: ReceiveLimits, tls: TlsOptions | null): http2.Http2Server | http2.Http2SecureServer {
  const options = {
    settings: {
      initialWindowSize: limits.grpcStreamWindowBytes,
      maxConcurrentStreams: limits.grpcStreamsPerConnection,
      maxFrameSize: frameBytes,
      maxHeaderListSize: headerBytes,
      enablePush: false,
    },
    maxSessionMemory: sessionMemoryMb,
  };
  return tls === null ? http2.createServer(options) : http2.createSecureServer({ ...options, ...tls });
}

/**
 * Guards one connection: its preface must come in time, and when it was silent for long it is closed in good order
 * (GOAWAY; gRPC clients come again when they have something to say).
 */
function guardSession(session: http2.ServerHttp2Session, limits: ReceiveLimits): void {
  const preface = setTimeout(() => session.destroy(), limits.headerMs);
  session.once('remoteSettings', () => clearTimeout(preface));
  session.once('close', () => clearTimeout(preface));
  session.setTimeout(limits.keepAliveMs, () => session.close());
  session.setLocalWindowSize(limits.grpcConnectionWindowBytes);
}

/**
 * The OTLP/gRPC receiver: the three Export methods and grpc.health.v1.Health/Check over HTTP/2: without TLS by
 * prior knowledge, with TLS by ALPN. Closing the scope sends GOAWAY, lets calls under way finish (`stopMs` at most), then closes.
 */
export const startOtlpGrpc = (
  options: ReceiverOptions,
): Effect.Effect<Listening, PortTaken | BadInput, Spool | Scope.Scope> =>
  Effect.gen(function* () {
    const intake = options.intake ?? (yield* makeIntake());
    const { limits, counters } = intake;
    let stopping = false;
    const security = options.security ?? plainSecurity(options.host, options.allowedHosts ?? []);
    const context: GrpcContext = {
      intake,
      security,
      stopping: () => stopping,
    };

    const tls = tlsOptions(security, 'h2');
    const server = createServer(limits, tls);
    if (server instanceof TlsServer) {
      guardTls(server, security, () => counters.refused('grpc', 'no-client-certificate'));
    }
    const sessions = new Set<http2.ServerHttp2Session>();
    server.maxConnections = limits.connections;
    server.on('drop', () => counters.refused('grpc', 'too-many-connections'));
    server.on('session', (session) => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
      guardSession(session, limits);
    });
    server.on('sessionError', () => counters.refused('grpc', 'wrong-protocol'));
    server.on('stream', (stream, headers) => handleGrpcCall(context, stream, headers));
    const cutUndecided = routeByFirstBytes(server, limits.headerMs, (socket, protocol, serve) => {
      if (protocol === (tls === null ? 'http2' : 'tls')) serve();
      else answerWrongProtocol(intake, 'grpc', socket, protocol, tls !== null);
    });

    const stop = Effect.callback<void>((resume) => {
      stopping = true;
      cutUndecided();
      const patience = setTimeout(() => {
        for (const session of sessions) session.destroy();
      }, limits.stopMs);
      server.close(() => {
        clearTimeout(patience);
        resume(Effect.void);
      });
      for (const session of sessions) session.close();
    });
    return yield* Effect.acquireRelease(
      listen(server, { ...options, what: 'OTLP/gRPC', flag: options.flag ?? '--otlp-grpc-port' }),
      () => stop,
    );
  });
