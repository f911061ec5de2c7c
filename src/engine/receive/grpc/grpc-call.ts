import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Overloaded } from '../../domain/errors.ts';
import { BodyCollector } from '../body-collector.ts';
import { MessageFraming } from './grpc-framing.ts';
import { checkHealth, type GrpcMethod, grpcMethodOf } from './grpc-methods.ts';
import { grpcRefusalHeaders, parseGrpcTimeout } from './grpc-status.ts';
import { algorithmOf, knownCompressions } from '../inflaters.ts';
import { bearerToken } from '../../net/access-tokens.ts';
import type { Peer, Security } from '../../net/security.ts';
import type { Intake } from '../intake.ts';
import { successBody } from '../otlp-answers.ts';
import { grpcCodes, type Refusal, refusalOf, refusals } from '../refusals.ts';

export interface GrpcContext {
  readonly intake: Intake;
  readonly security: Security;
  readonly stopping: () => boolean;
}

const answerHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': knownCompressions,
} as const;
const okTrailers = { 'grpc-status': String(grpcCodes.ok) } as const;

/** Judges a call by its headers alone. */
function judge(context: GrpcContext, headers: IncomingHttpHeaders, peer: Peer): GrpcMethod | Refusal {
  const { security } = context;
  // Where a request carries both, each of them must pass: which one a proxy went by is not known here.
  const foreign = [headers[':authority'], headers.host].find((name) => !security.hostAllowed(name));
  if (foreign !== undefined) return refusals.forbiddenHost(foreign);
  const { origin } = headers;
  if (origin !== undefined && !security.originAllowed(origin)) return refusals.forbiddenOrigin(origin);
  const path = headers[':path'] ?? '';
  const method = grpcMethodOf(path);
  if (security.needsToken && method?.kind !== 'health') {
    const verdict = security.judge(bearerToken(headers.authorization), peer);
    if (verdict !== 'passes') return refusals.unauthenticated(verdict);
  }
  if (method === undefined) return refusals.unknownGrpcMethod(path);
  if (context.stopping() && method.kind === 'export') {
    return refusalOf(new Overloaded({ reason: 'shutting-down', retryAfterMs: 1_000 }));
  }
  const encoding = headerText(headers['grpc-encoding']);
  if (algorithmOf(encoding) === undefined) return refusals.unknownCompression(encoding ?? '', knownCompressions);
  const timeout = headerText(headers['grpc-timeout']);
  if (timeout !== undefined && parseGrpcTimeout(timeout) === undefined) {
    return refusals.badGrpcFraming(`"${timeout}" is not a grpc-timeout`);
  }
  return method;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}

/** Answers one call of the OTLP/gRPC port. */
export function handleGrpcCall(context: GrpcContext, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  // A reset by the client; 'close' follows and cleans up.
  stream.on('error', () => undefined);
  if (headers[':method'] !== 'POST' || !headers['content-type']?.startsWith('application/grpc')) {
    refuseNotGrpc(context, stream);
    return;
  }
  const judged = judge(context, headers, (stream.session?.socket ?? {}) as Peer);
  if ('reason' in judged) refuse(context, stream, judged);
  else new Call(context, stream, headers, judged).start();
}

/** What is HTTP/2 but not gRPC is answered in HTTP's terms (gRPC over HTTP/2: 415 for a foreign content type). */
function refuseNotGrpc({ intake }: GrpcContext, stream: ServerHttp2Stream): void {
  intake.counters.refused('grpc', 'unknown-content-type');
  stream.respond({ ':status': 415, 'content-type': 'text/plain; charset=utf-8' });
  stream.end(refusals.httpOnGrpcPort);
  stopSending(stream);
}

function refuse({ intake }: GrpcContext, stream: ServerHttp2Stream, refusal: Refusal): void {
  intake.counters.refused('grpc', refusal.reason);
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const headers = grpcRefusalHeaders(refusal, intake.limits.answerTextBytes);
  if (refusal.reason === 'unknown-compression') headers['grpc-accept-encoding'] = knownCompressions;
  stream.respond(headers, { endStream: true });
  stopSending(stream);
}

/** After a complete answer, RST_STREAM(NO_ERROR) asks a client that is still sending to stop (RFC 9113, 8.1). */
function stopSending(stream: ServerHttp2Stream): void {
  stream.removeAllListeners('data');
  stream.resume();
  if (!stream.readableEnded) setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
}

/** A unary call from its headers to its trailers. */
class Call {
  readonly #context: GrpcContext;
  readonly #stream: ServerHttp2Stream;
  readonly #encoding: string | undefined;
  readonly #method: GrpcMethod;
  readonly #deadline: NodeJS.Timeout;
  #collector: BodyCollector | null = null;
  /** The body is complete, refused or gone: the deadline and the stream's end mean nothing any more. */
  #bodySettled = false;

  constructor(context: GrpcContext, stream: ServerHttp2Stream, headers: IncomingHttpHeaders, method: GrpcMethod) {
    this.#context = context;
    this.#stream = stream;
    this.#method = method;
    this.#encoding = headerText(headers['grpc-encoding']);
    const asked = parseGrpcTimeout(headerText(headers['grpc-timeout']) ?? '') ?? Infinity;
    const timeoutMs = Math.min(asked, context.intake.limits.requestMs);
    this.#deadline = setTimeout(() => this.#refuse(refusals.timeout(`${timeoutMs} ms`)), timeoutMs);
  }

  start(): void {
    const framing = new MessageFraming({
      begin: (compressed, length) => this.#begin(compressed, length),
      bytes: (piece) => this.#collector?.push(piece),
      bad: (why) => this.#refuse(refusals.badGrpcFraming(why)),
    });
    this.#stream.on('data', (data: Buffer) => framing.push(data));
    this.#stream.on('end', () => {
      // A reset ends the stream too; 'close' deals with it.
      if (!this.#bodySettled && !this.#stream.closed && framing.end()) this.#collector?.end();
    });
    this.#stream.on('close', () => {
      if (this.#bodySettled) return;
      this.#settleBody();
      this.#collector?.release();
      this.#context.intake.counters.refused('grpc', 'aborted');
    });
  }

  #begin(compressed: boolean, length: number): boolean {
    const { intake } = this.#context;
    const algorithm = compressed ? (algorithmOf(this.#encoding) ?? null) : null;
    const allowed = algorithm === null ? intake.limits.bodyBytes : intake.limits.compressedBodyBytes;
    if (length > allowed) {
      this.#refuse(refusals.tooLarge(intake.limits.bodyBytes));
      return false;
    }
    if (compressed && algorithm === null) {
      this.#refuse(refusals.badGrpcFraming('it is marked as compressed and there is no grpc-encoding'));
      return false;
    }
    this.#collector = new BodyCollector(
      intake,
      { stream: this.#stream, ownsChunks: false },
      algorithm,
      algorithm === null ? length : 0,
      {
        refuse: (refusal) => this.#refuse(refusal),
        complete: (body) => this.#complete(body),
      },
    );
    return true;
  }

  #complete(payload: Buffer): void {
    this.#settleBody();
    const { intake } = this.#context;
    const method = this.#method;
    if (method.kind === 'health') {
      this.#collector?.release();
      this.#answerHealth(payload);
      return;
    }
    const { signal } = method;
    const wireBytes = this.#collector?.wireBytes ?? 0;
    // A deadline that passes from here on changes nothing: the rows are being made durable, and saying so is the truth.
    intake.submit({ transport: 'grpc', signal, encoding: 'protobuf', payload, wireBytes }, (outcome) => {
      this.#collector?.release();
      if (outcome.kind === 'refused') refuse(this.#context, this.#stream, outcome.refusal);
      else this.#answer(successBody(signal, 'protobuf', outcome.appended, intake.limits.answerTextBytes));
    });
  }

  #answerHealth(request: Buffer): void {
    const status = checkHealth(request, !this.#context.stopping());
    if (status !== undefined) this.#answer(status);
    else refuse(this.#context, this.#stream, refusals.unknownHealthService);
  }

  #answer(body: Buffer): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const message = Buffer.alloc(5 + body.length);
    message.writeUInt32BE(body.length, 1);
    body.copy(message, 5);
    stream.once('wantTrailers', () => stream.sendTrailers(okTrailers));
    stream.respond(answerHeaders, { waitForTrailers: true });
    stream.end(message);
  }

  #refuse(refusal: Refusal): void {
    if (this.#bodySettled) return;
    this.#settleBody();
    this.#collector?.release();
    refuse(this.#context, this.#stream, refusal);
  }

  #settleBody(): void {
    this.#bodySettled = true;
    clearTimeout(this.#deadline);
  }
}
