import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Signal } from '../../domain/signals.ts';
import type { Appended, Encoding } from '../../otlp/encoder.ts';
import { Overloaded } from '../../domain/errors.ts';
import { BodyCollector } from '../body-collector.ts';
import { hintForPath, signalOfPath } from './http-paths.ts';
import { algorithmOf, knownCompressions } from '../inflaters.ts';
import { bearerToken } from '../../net/access-tokens.ts';
import type { Peer, Security } from '../../net/security.ts';
import type { Intake } from '../intake.ts';
import { statusJson, statusProtobuf, successBody } from '../otlp-answers.ts';
import { type Refusal, refusalOf, refusals } from '../refusals.ts';

export interface RouteAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** Further pages of the HTTP port (`/health`, `/status`), answered to GET and HEAD. */
export type Routes = ReadonlyMap<string, () => Promise<RouteAnswer>>;

/**
 * What the HTTP port does beside receiving, for obs's own commands alone: answered to POST without a body; what is to be
 * done is in the URL.
 */
export type Actions = ReadonlyMap<string, (query: URLSearchParams) => Promise<RouteAnswer>>;

export interface HttpContext {
  readonly intake: Intake;
  readonly routes: Routes;
  readonly actions: Actions;
  readonly security: Security;
  readonly stopping: () => boolean;
}

const contentTypes: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

function encodingOf(contentType: string | undefined): Encoding | undefined {
  if (contentType === undefined) return undefined;
  const semicolon = contentType.indexOf(';');
  const type = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  if (type === contentTypes.protobuf) return 'protobuf';
  return type === contentTypes.json ? 'json' : undefined;
}

const healthPath = '/health';
const contentLength = (req: IncomingMessage): number => Number(req.headers['content-length'] ?? 0);
const pathOf = (url: string): string => url.split('?', 1)[0]!;

type Judged =
  | { readonly kind: 'export'; readonly signal: Signal; readonly encoding: Encoding }
  | { readonly kind: 'route'; readonly answer: () => Promise<RouteAnswer> }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Judges a request by its head alone, in the order in which the checks protect each other. */
function judge(context: HttpContext, req: IncomingMessage): Judged {
  const refused = (refusal: Refusal): Judged => ({ kind: 'refused', refusal });
  const { method = '', headers } = req;
  if (context.stopping()) {
    return refused(refusalOf(new Overloaded({ reason: 'shutting-down', retryAfterMs: 1_000 })));
  }
  const { security } = context;
  if (!security.hostAllowed(headers.host)) return refused(refusals.forbiddenHost(headers.host));
  const { origin } = headers;
  if (origin !== undefined && !security.originAllowed(origin)) return refused(refusals.forbiddenOrigin(origin));
  if (headers['access-control-request-method'] !== undefined) return refused(refusals.corsOff);

  const path = pathOf(req.url ?? '/');
  // Whether it is ready tells nothing that an open port does not, and those who probe for it carry no token.
  if (security.needsToken && path !== healthPath) {
    const verdict = security.judge(bearerToken(headers.authorization), req.socket as Peer);
    if (verdict !== 'passes') return refused(refusals.unauthenticated(verdict));
  }
  const signal = signalOfPath(path);
  if (signal === undefined) {
    const action = context.actions.get(path);
    if (action !== undefined && !security.isOwnCommand(bearerToken(headers.authorization), req.socket as Peer)) {
      return refused(refusals.ownCommandsOnly(path));
    }
    if (action !== undefined && method === 'POST') {
      return { kind: 'route', answer: () => action(new URLSearchParams((req.url ?? '').slice(path.length + 1))) };
    }
    if (action !== undefined) return refused(refusals.wrongMethod(method, path, 'POST'));
    const answer = context.routes.get(path);
    if (answer === undefined) return refused(refusals.unknownPath(path, hintForPath(path)));
    if (method !== 'GET' && method !== 'HEAD') return refused(refusals.wrongMethod(method, path, 'GET, HEAD'));
    return { kind: 'route', answer };
  }
  if (method !== 'POST') return refused(refusals.wrongMethod(method, path, 'POST'));
  const encoding = encodingOf(headers['content-type']);
  if (encoding === undefined) return refused(refusals.unknownContentType(headers['content-type']));
  const algorithm = algorithmOf(headers['content-encoding']);
  if (algorithm === undefined) {
    return refused(refusals.unknownCompression(headers['content-encoding'] ?? '', knownCompressions));
  }
  const { bodyBytes, compressedBodyBytes } = context.intake.limits;
  if (contentLength(req) > (algorithm === null ? bodyBytes : compressedBodyBytes)) {
    return refused(refusals.tooLarge(bodyBytes));
  }
  return { kind: 'export', signal, encoding };
}

/** Answers one request of the OTLP/HTTP port. */
export function handleHttpRequest(
  context: HttpContext,
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
): void {
  const judged = judge(context, req);
  if (judged.kind === 'export') {
    if (expectsContinue) res.writeContinue();
    takeExport(context, req, res, judged.signal, judged.encoding);
    return;
  }
  // Who waits for "100 Continue" may send its body or not after a refusal: only a new connection is clear.
  if (expectsContinue) res.setHeader('connection', 'close');
  if (judged.kind === 'route') void answerRoute(context, req, res, judged.answer);
  else refuse(context, req, res, judged.refusal);
}

function takeExport(
  context: HttpContext,
  req: IncomingMessage,
  res: ServerResponse,
  signal: Signal,
  encoding: Encoding,
): void {
  const { intake } = context;
  const algorithm = algorithmOf(req.headers['content-encoding']) ?? null;
  let complete = false;
  const collector = new BodyCollector(
    intake,
    { stream: req, ownsChunks: true },
    algorithm,
    algorithm === null ? contentLength(req) : 0,
    {
      refuse: (refusal) => {
        complete = true;
        refuse(context, req, res, refusal);
      },
      complete: (payload) => {
        complete = true;
        const { wireBytes } = collector;
        intake.submit({ transport: 'http', signal, encoding, payload, wireBytes }, (outcome) => {
          collector.release();
          if (outcome.kind === 'refused') refuse(context, req, res, outcome.refusal);
          else answer(context, res, signal, encoding, outcome.appended);
        });
      },
    },
  );
  req.on('data', (chunk: Buffer) => collector.push(chunk));
  req.on('end', () => collector.end());
  // The sender went away, or the request timer of the server cut it off.
  req.on('error', () => undefined);
  req.on('close', () => {
    if (complete || req.complete) return;
    complete = true;
    collector.release();
    intake.counters.refused('http', 'aborted');
  });
}

function answer(
  context: HttpContext,
  res: ServerResponse,
  signal: Signal,
  encoding: Encoding,
  appended: Appended,
): void {
  const body = successBody(signal, encoding, appended, context.intake.limits.answerTextBytes);
  if (context.stopping()) res.setHeader('connection', 'close');
  res.writeHead(200, { 'content-type': contentTypes[encoding], 'content-length': body.length });
  res.end(body);
}

/** Errors go out as google.rpc.Status in the request's encoding, and as JSON when that is not known. */
function refuse(context: HttpContext, req: IncomingMessage, res: ServerResponse, refusal: Refusal): void {
  const { counters, limits } = context.intake;
  counters.refused('http', refusal.reason);
  if (res.headersSent || res.destroyed) return;
  const encoding = encodingOf(req.headers['content-type']) ?? 'json';
  const body = (encoding === 'json' ? statusJson : statusProtobuf)(refusal, limits.answerTextBytes);
  if (context.stopping()) res.setHeader('connection', 'close');
  if (refusal.retryAfterMs !== undefined) res.setHeader('retry-after', Math.ceil(refusal.retryAfterMs / 1000));
  res.writeHead(refusal.httpStatus, {
    ...refusal.headers,
    'content-type': contentTypes[encoding],
    'content-length': body.length,
  });
  res.end(body);
  discardRest(req, limits.discardedBodyBytes);
}

/**
 * A sender that is still writing when the connection closes sees a reset and never the answer. So the rest of its body is
 * read and thrown away, up to a limit (the server's request timer bounds the time).
 */
function discardRest(req: IncomingMessage, limitBytes: number): void {
  let discarded = 0;
  req.removeAllListeners('data');
  req.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > limitBytes) req.destroy();
  });
  req.resume();
}

async function answerRoute(
  context: HttpContext,
  req: IncomingMessage,
  res: ServerResponse,
  route: () => Promise<RouteAnswer>,
): Promise<void> {
  try {
    const { status, contentType, body } = await route();
    const bytes = Buffer.from(body);
    res.writeHead(status, { 'content-type': contentType, 'content-length': bytes.length, 'cache-control': 'no-store' });
    res.end(req.method === 'HEAD' ? undefined : bytes);
  } catch {
    refuse(context, req, res, refusals.internal);
  }
}
