import * as http2 from 'node:http2';
import type { Socket } from 'node:net';
import type { Transport } from './counters.ts';
import type { Protocol } from './first-bytes.ts';
import { limits } from '../domain/limits.ts';
import { grpcRefusalHeaders } from './grpc/grpc-status.ts';
import type { Intake } from './intake.ts';
import { refusals } from './refusals.ts';

/** How long a client that is being told off may take to read the answer. */
const farewellMs = 2_000;

/**
 * Tells a client that it speaks another protocol than this port, in the protocol that it speaks: gRPC on the HTTP port
 * gets a gRPC status, HTTP/1 on the gRPC port, or in the clear on one that speaks TLS, a 400 with text. Anything else
 * (TLS, garbage) is cut.
 */
export function answerWrongProtocol(
  intake: Intake,
  port: Transport,
  socket: Socket,
  protocol: Protocol,
  overTls = false,
): void {
  intake.counters.refused(port, 'wrong-protocol');
  socket.on('error', () => socket.destroy());
  const farewell = setTimeout(() => socket.destroy(), farewellMs);
  socket.on('close', () => clearTimeout(farewell));
  if (protocol === 'http1') answerOverHttp1(socket, overTls ? refusals.plainOnTlsPort : refusals.httpOnGrpcPort);
  // To gRPC in the clear there is nothing to say: its clients report a closed connection, whatever is answered.
  else if (protocol === 'http2' && !overTls) apology.emit('connection', socket);
  else socket.destroy();
}

function answerOverHttp1(socket: Socket, body: string): void {
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  // Read on, or the close would reset the connection before the client has read the answer.
  socket.resume();
}

const apology = http2.createServer();
apology.on('stream', (stream) => {
  stream.on('error', () => undefined);
  const refusal = refusals.grpcOnHttpPort;
  stream.respond(grpcRefusalHeaders(refusal, limits.receive.answerTextBytes), { endStream: true });
  stream.session?.close();
  stream.resume();
});
apology.on('sessionError', () => undefined);
