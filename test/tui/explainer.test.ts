import { Deferred, Effect, Layer, type Scope, Stream } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, test } from 'vitest';
import { EngineUnavailable, QueryFailed } from '../../src/engine/domain/errors.ts';
import type { Explanation } from '../../src/engine/explain/explanation.ts';
import type { Question } from '../../src/engine/explain/question.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';
import { openExplainer } from '../../src/tui/bridge/explainer.ts';
import type { Event } from '../../src/tui/state/events.ts';

const trace: Question = { ask: 'trace', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' };
const cart: Question = { ask: 'range', range: { fromMs: 0, toMs: 600_000 }, services: ['cart'] };

type Answer = Effect.Effect<readonly never[], QueryFailed | EngineUnavailable>;
type Explained = Extract<Event, { readonly type: 'explained' }>;

/** Runs against an endpoint that answers every statement in one way, with a clock that stands still. */
function against(answer: Answer, program: Effect.Effect<void, never, QueryClient | Scope.Scope>): Promise<void> {
  const endpoint = Layer.succeed(QueryClient, {
    endpoint: 'test',
    rows: <Row>() => answer as Effect.Effect<readonly Row[], QueryFailed | EngineUnavailable>,
    bytes: () => Effect.succeed(Stream.toAsyncIterable(Stream.empty)),
  });
  return Effect.runPromise(Effect.scoped(Effect.provide(program, Layer.mergeAll(endpoint, TestClock.layer()))));
}

/** An explainer with all that it sends and keeps; `explained` waits for the next outcome. */
const opened = Effect.gen(function* () {
  const events: Event[] = [];
  const kept: Explanation[] = [];
  const first = yield* Deferred.make<Explained>();
  const explainer = yield* openExplainer(
    (event) => {
      events.push(event);
      if (event.type === 'explained') Effect.runSync(Deferred.succeed(first, event));
    },
    (explanation) => Effect.sync(() => void kept.push(explanation)),
  );
  return { explainer, events, kept, explained: Deferred.await(first) };
});

describe('what is asked on the screen is worked on', () => {
  test('and its answer is sent and kept', () =>
    against(
      Effect.succeed([]),
      Effect.gen(function* () {
        const { explainer, explained, kept } = yield* opened;
        explainer.ask(cart);
        const { question, outcome } = yield* explained;
        expect(question).toBe(cart);
        if (outcome.state !== 'told') throw new Error(outcome.state);
        expect(outcome.explanation.verdict).toMatchObject({ severity: null, culprit: null });
        yield* Effect.yieldNow;
        expect(kept).toEqual([outcome.explanation]);
      }),
    ));

  test.each([
    [
      'a statement that fails',
      new QueryFailed({ code: 241, message: 'Query memory limit exceeded' }),
      { what: 'The query failed', why: 'Query memory limit exceeded' },
    ],
    [
      'an engine that is away',
      new EngineUnavailable({ endpoint: 'http://127.0.0.1:8123', reason: 'connect ECONNREFUSED' }),
      { what: 'No engine answers at http://127.0.0.1:8123', why: 'connect ECONNREFUSED' },
    ],
  ])('%s is said: what, why, and what to try', (_, error, words) =>
    against(
      Effect.fail(error),
      Effect.gen(function* () {
        const { explainer, explained, kept } = yield* opened;
        explainer.ask(trace);
        const { outcome } = yield* explained;
        expect(outcome).toMatchObject({ state: 'failed', ...words, next: expect.stringMatching(/\w/) });
        expect(kept).toEqual([]);
      }),
    ),
  );

  test('a mistake of obs itself ends the explanation, not the screen', () =>
    against(
      Effect.die(new TypeError('undefined is not a tree')),
      Effect.gen(function* () {
        const { explainer, explained } = yield* opened;
        explainer.ask(cart);
        expect((yield* explained).outcome).toMatchObject({
          state: 'failed',
          why: 'TypeError: undefined is not a tree',
        });
      }),
    ));
});

describe('an endpoint that never answers', () => {
  /** Statements that run until they are interrupted, which is recorded. */
  function endless() {
    const begun = { statements: 0, underWay: 0, interrupted: 0 };
    const answer: Answer = Effect.sync(() => {
      begun.statements += 1;
      begun.underWay += 1;
    }).pipe(
      Effect.andThen(Effect.never),
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          begun.underWay -= 1;
          begun.interrupted += 1;
        }),
      ),
    );
    return { answer, begun };
  }
  /** Lets other fibers go on until it is so. */
  const until = (isSo: () => boolean) =>
    Effect.gen(function* () {
      while (!isSo()) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)));
    });

  test('Esc interrupts the statements that run, and nothing is sent of them', async () => {
    const { answer, begun } = endless();
    await against(
      answer,
      Effect.gen(function* () {
        const { explainer, events } = yield* opened;
        explainer.ask(trace);
        yield* until(() => begun.underWay > 0);
        explainer.ask(null);
        yield* until(() => begun.underWay === 0);
        const { statements, interrupted } = begun;
        expect(interrupted).toBe(statements);
        yield* TestClock.adjust('10 seconds');
        expect(begun).toEqual({ statements, underWay: 0, interrupted });
        expect(events).toEqual([]);
      }),
    );
  });

  test('so does another question, and leaving the screen', async () => {
    const { answer, begun } = endless();
    await against(
      answer,
      Effect.gen(function* () {
        const { explainer } = yield* opened;
        explainer.ask(trace);
        yield* until(() => begun.underWay > 0);
        explainer.ask(cart);
        yield* until(() => begun.interrupted > 0 && begun.underWay > 0);
      }),
    );
    expect(begun).toEqual({ statements: begun.statements, underWay: 0, interrupted: begun.statements });
  });

  test('the seconds pass meanwhile, and stand still afterwards', async () => {
    const { answer, begun } = endless();
    await against(
      answer,
      Effect.gen(function* () {
        const { explainer, events } = yield* opened;
        explainer.ask(trace);
        yield* until(() => begun.underWay > 0);
        yield* TestClock.adjust('3500 millis');
        expect(events).toEqual([1000, 2000, 3000].map((nowMs) => ({ type: 'ticked', nowMs })));
        explainer.ask(null);
        yield* until(() => begun.underWay === 0);
        yield* TestClock.adjust('10 seconds');
        expect(events).toHaveLength(3);
      }),
    );
  });
});
