import { Cause, Effect, Exit } from 'effect';
import { Overloaded } from '../domain/errors.ts';
import { limits as defaultLimits } from '../domain/limits.ts';
import type { Signal } from '../domain/signals.ts';
import type { Appended, Encoding } from '../otlp/encoder.ts';
import { Spool } from '../spool/spool.ts';
import { BodyBuffers } from './body-buffers.ts';
import { ChunkMemory } from './chunk-memory.ts';
import { ReceiveCounters, type Transport } from './counters.ts';
import { InFlightBytes } from './in-flight-bytes.ts';
import { InflaterPool } from './inflater-pool.ts';
import { type Refusal, refusalOf, refusals } from './refusals.ts';
import { RepeatedRequests } from './repeated-requests.ts';
import type { RequestTap } from './request-tap.ts';

/** The receivers' limits as plain numbers, so that tests can try small ones. */
export type ReceiveLimits = { readonly [Name in keyof typeof defaultLimits.receive]: number };

export interface Submission {
  readonly transport: Transport;
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly payload: Buffer;
  readonly wireBytes: number;
}

export type Outcome =
  | { readonly kind: 'taken'; readonly appended: Appended }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What both receivers share: the way into the spool, the memory for bodies, the counters, the limits. */
export interface Intake {
  readonly limits: ReceiveLimits;
  readonly counters: ReceiveCounters;
  readonly budget: InFlightBytes;
  readonly buffers: BodyBuffers;
  readonly chunks: ChunkMemory;
  readonly inflaters: InflaterPool;
  /**
   * Hands one body to the spool and calls back once, when it is durable or refused. The payload's memory is used again
   * after that. Accepted bodies are counted here.
   */
  submit(submission: Submission, done: (outcome: Outcome) => void): void;
}

const nothing: Appended = { accepted: 0, rejected: 0, reasons: new Map(), cut: 0 };

/**
 * One intake serves all receivers of a daemon, so that the memory limit and the counters hold for them together.
 * @param tap is told of each request of which something was stored, before its sender is answered
 * @param repeats `drop`: a request of the same bytes as a recent one is answered as that was, and not stored again
 */
export const makeIntake = (
  overrides: Partial<ReceiveLimits> = {},
  tap: RequestTap | null = null,
  repeats: 'drop' | 'keep' = 'keep',
): Effect.Effect<Intake, never, Spool> =>
  Effect.gen(function* () {
    const spool = yield* Spool;
    const context = yield* Effect.context<never>();
    const limits: ReceiveLimits = { ...defaultLimits.receive, ...overrides };
    const counters = new ReceiveCounters(limits.countedReasons);
    const budget = new InFlightBytes(limits.inFlightBytes);
    const buffers = new BodyBuffers(limits.keptBodyBytes);
    const run = Effect.runCallbackWith(context);
    const repeated = repeats === 'drop' ? new RepeatedRequests(limits.repeatsKnown, limits.repeatsMs) : null;

    const outcomeOf = (exit: Exit.Exit<Appended, Parameters<typeof refusalOf>[0]>): Outcome => {
      if (Exit.isSuccess(exit)) return { kind: 'taken', appended: exit.value };
      const failure = Cause.findErrorOption(exit.cause);
      if (failure._tag === 'Some') return { kind: 'refused', refusal: refusalOf(failure.value) };
      if (Cause.hasInterruptsOnly(exit.cause)) {
        const stopping = new Overloaded({ reason: 'shutting-down', retryAfterMs: 1_000 });
        return { kind: 'refused', refusal: refusalOf(stopping) };
      }
      run(Effect.logError('an OTLP request could not be handled', exit.cause));
      return { kind: 'refused', refusal: refusals.internal };
    };

    return {
      limits,
      counters,
      budget,
      buffers,
      chunks: new ChunkMemory(),
      inflaters: new InflaterPool(),
      submit({ transport, signal, encoding, payload, wireBytes }, done) {
        // A protobuf message of no bytes is a request without records, which OTLP answers with success.
        if (payload.length === 0 && encoding === 'protobuf') {
          counters.taken(transport, signal, wireBytes, 0, nothing);
          done({ kind: 'taken', appended: nothing });
          return;
        }
        // JSON is what people write by hand, often without times: the same bytes may well mean a second event there.
        const key = repeated !== null && encoding === 'protobuf' ? repeated.keyOf(signal, payload) : null;
        const isRepeat =
          key !== null &&
          repeated?.hear(key, (outcome) => {
            if (outcome.kind === 'taken') counters.repeated(transport, signal);
            done(outcome);
          });
        if (isRepeat === true) return;
        run(spool.append(signal, payload, encoding), {
          onExit: (exit) => {
            const outcome = outcomeOf(exit);
            if (outcome.kind === 'taken') {
              counters.taken(transport, signal, wireBytes, payload.length, outcome.appended);
              const { accepted: items, receivedUnixMs = Date.now() } = outcome.appended;
              if (tap !== null && items > 0) tap({ signal, encoding, payload, receivedUnixMs, items });
            }
            if (key !== null) repeated?.settle(key, outcome);
            done(outcome);
          },
        });
      },
    };
  });
