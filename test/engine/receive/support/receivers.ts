import { Effect, Exit, Layer, Scope, Stream } from 'effect';
import type { MalformedPayload, Overloaded, StorageFailed } from '../../../../src/engine/domain/errors.ts';
import type { Signal } from '../../../../src/engine/domain/signals.ts';
import type { Appended, Encoding } from '../../../../src/engine/otlp/encoder.ts';
import { startOtlpGrpc } from '../../../../src/engine/receive/grpc/otlp-grpc.ts';
import { type HttpReceiverOptions, startOtlpHttp } from '../../../../src/engine/receive/http/otlp-http.ts';
import { type Intake, makeIntake, type ReceiveLimits } from '../../../../src/engine/receive/intake.ts';
import type { Listening } from '../../../../src/engine/net/listen.ts';
import type { ReceiverOptions } from '../../../../src/engine/receive/receiver-options.ts';
import { Spool } from '../../../../src/engine/spool/spool.ts';

export interface Received {
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly payload: Uint8Array;
}

export type Append = (received: Received) => Effect.Effect<Appended, MalformedPayload | Overloaded | StorageFailed>;

export const allAccepted: Appended = { accepted: 1, rejected: 0, reasons: new Map(), cut: 0 };

/** A spool in memory that hands each body to `append`: what the receivers do with its answers is what is tested. */
export function memorySpool(append: Append): Layer.Layer<Spool> {
  return Layer.succeed(
    Spool,
    Spool.of({
      append: (signal, payload, encoding) => append({ signal, payload, encoding }),
      seal: Effect.void,
      sealed: Stream.empty,
      status: Effect.succeed({ segments: 0, rows: 0, bytes: 0, oldestUnixMs: null, quarantined: 0 }),
    }),
  );
}

export interface Receivers {
  readonly http: Listening;
  readonly grpc: Listening;
  readonly intake: Intake;
  /** Every body that reached the spool, in order. */
  readonly received: readonly Received[];
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  readonly append?: Append;
  /** false does not keep the bodies (for measurements). */
  readonly collect?: boolean;
  readonly spool?: Layer.Layer<Spool>;
  readonly limits?: Partial<ReceiveLimits>;
  /** What becomes of requests of the same bytes; kept, where it is not what is tested. */
  readonly repeats?: 'drop' | 'keep';
  readonly http?: Partial<HttpReceiverOptions>;
  readonly grpc?: Partial<ReceiverOptions>;
}

/** Both receivers on free loopback ports, sharing an intake as in the daemon. */
export async function startReceivers(options: StartOptions = {}): Promise<Receivers> {
  const received: Received[] = [];
  const append = options.append ?? (() => Effect.succeed(allAccepted));
  const collecting = memorySpool((body) =>
    Effect.suspend(() => {
      if (options.collect !== false) received.push({ ...body, payload: Uint8Array.from(body.payload) });
      return append(body);
    }),
  );
  // Both stop at once, and the spool after them.
  const spoolScope = await Effect.runPromise(Scope.make());
  const scope = await Effect.runPromise(Scope.make('parallel'));
  const start = Effect.gen(function* () {
    const intake = yield* makeIntake(options.limits, null, options.repeats);
    const http = yield* startOtlpHttp({ host: '127.0.0.1', port: 0, intake, ...options.http });
    const grpc = yield* startOtlpGrpc({ host: '127.0.0.1', port: 0, intake, ...options.grpc });
    return { intake, http, grpc };
  });
  const started = await Effect.runPromise(
    Effect.gen(function* () {
      const context = yield* Layer.buildWithScope(options.spool ?? collecting, spoolScope);
      return yield* start.pipe(Effect.provideContext(context), Scope.provide(scope));
    }),
  );
  const stop = Scope.close(scope, Exit.void).pipe(Effect.andThen(Scope.close(spoolScope, Exit.void)));
  return { ...started, received, stop: () => Effect.runPromise(stop) };
}
