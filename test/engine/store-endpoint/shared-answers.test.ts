import { Deferred, Effect, Fiber } from 'effect';
import { TestClock } from 'effect/testing';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/engine/domain/limits.ts';
import { exception } from '../../../src/engine/store/endpoint/exception.ts';
import type { QueryRequest } from '../../../src/engine/store/endpoint/query-request.ts';
import type { QueryAnswer, QueryError } from '../../../src/engine/store/endpoint/run-query.ts';
import { makeSharedAnswers, type SharedAnswers } from '../../../src/engine/store/endpoint/shared-answers.ts';

const asked = (sql: string, settings: Record<string, string> = {}): QueryRequest => ({
  sql,
  data: Buffer.alloc(0),
  parameters: {},
  settings,
  database: undefined,
  format: 'TSV',
  queryId: undefined,
  compress: false,
  revision: 0,
});
const shared = (sql: string, ttl = '1'): QueryRequest => asked(sql, { use_query_cache: '1', query_cache_ttl: ttl });

const answerOf = (text: string): QueryAnswer => ({
  format: 'TSV',
  result: { body: Buffer.from(text), rowsRead: 0, bytesRead: 0, elapsedMs: 0 },
});

/** An engine that counts how often it is asked. */
function engine(compute: (times: number) => Effect.Effect<QueryAnswer, QueryError>) {
  let times = 0;
  const run = Effect.suspend(() => compute(++times));
  return { run, times: () => times };
}

const story = (tell: (answers: SharedAnswers) => Effect.Effect<void, unknown>): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      yield* tell(yield* makeSharedAnswers);
    }).pipe(Effect.scoped, Effect.provide(TestClock.layer())),
  );

const textOf = ({ result }: QueryAnswer): string => Buffer.from(result.body).toString();

describe('answers that several requests share', () => {
  test('who asks the same within the time gets the same; after it, and without asking for it, a new one', () =>
    story((answers) =>
      Effect.gen(function* () {
        const { run } = engine((times) => Effect.succeed(answerOf(`answer ${times}`)));
        const ask = (request: QueryRequest) => Effect.map(answers.share(request, run), textOf);
        expect(yield* ask(shared('SELECT 1'))).toBe('answer 1');
        expect(yield* ask(shared('SELECT 1'))).toBe('answer 1');
        expect(yield* ask(asked('SELECT 1'))).toBe('answer 2');
        expect(yield* ask(shared('SELECT 2'))).toBe('answer 3');
        expect(yield* ask({ ...shared('SELECT 1'), parameters: { n: '1' } })).toBe('answer 4');
        yield* TestClock.adjust('999 millis');
        expect(yield* ask(shared('SELECT 1'))).toBe('answer 1');
        yield* TestClock.adjust('1 millis');
        expect(yield* ask(shared('SELECT 1'))).toBe('answer 5');
      }),
    ));

  test('ten that ask while the first is still computing wait for it', () =>
    story((answers) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>();
        const { run, times } = engine(() => Effect.as(Deferred.await(gate), answerOf('slow')));
        const asking = yield* Effect.forEach(Array.from({ length: 10 }), () =>
          Effect.forkChild(answers.share(shared('SELECT slow'), run)),
        );
        yield* TestClock.adjust('5 seconds');
        yield* Deferred.succeed(gate, undefined);
        const got = yield* Effect.forEach(asking, (fiber) => Fiber.join(fiber));
        expect(got.map(textOf)).toEqual(Array.from({ length: 10 }, () => 'slow'));
        expect(times()).toBe(1);
      }),
    ));

  test('one that hangs up leaves the others their answer; when the last has gone, the query ends', () =>
    story((answers) =>
      Effect.gen(function* () {
        let ended = false;
        const { run, times } = engine(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (ended = true))));
        const first = yield* Effect.forkChild(answers.share(shared('SELECT endless'), run), { startImmediately: true });
        const second = yield* Effect.forkChild(answers.share(shared('SELECT endless'), run), {
          startImmediately: true,
        });
        yield* Effect.yieldNow;
        yield* Fiber.interrupt(first);
        expect(ended).toBe(false);
        yield* Fiber.interrupt(second);
        expect(ended).toBe(true);
        expect(times()).toBe(1);
      }),
    ));

  test('a failure is told to all who waited, and forgotten', () =>
    story((answers) =>
      Effect.gen(function* () {
        const failure = exception('TIMEOUT_EXCEEDED', 'too slow');
        const { run } = engine((times) =>
          times === 1 ? Effect.fail(failure) : Effect.succeed(answerOf('well again')),
        );
        expect(yield* Effect.flip(answers.share(shared('SELECT 1'), run))).toBe(failure);
        expect(textOf(yield* answers.share(shared('SELECT 1'), run))).toBe('well again');
      }),
    ));

  test('large answers push out the oldest, and no request keeps one longer than the limit', () =>
    story((answers) =>
      Effect.gen(function* () {
        const large = 'x'.repeat(limits.query.sharedBytes / 2);
        const { run, times } = engine(() => Effect.succeed(answerOf(large)));
        for (const sql of ['SELECT 1', 'SELECT 2', 'SELECT 3', 'SELECT 4'])
          yield* answers.share(shared(sql, '86400'), run);
        yield* answers.share(shared('SELECT 4', '86400'), run);
        expect(times()).toBe(4);
        yield* answers.share(shared('SELECT 1', '86400'), run);
        expect(times()).toBe(5);
        yield* TestClock.adjust(limits.query.sharedMs);
        yield* answers.share(shared('SELECT 4', '86400'), run);
        expect(times()).toBe(6);
      }),
    ));

  test.each(['', '0', '-1', 'soon'])('a time of "%s" shares nothing, and is no error', (ttl) =>
    story((answers) =>
      Effect.gen(function* () {
        const { run, times } = engine(() => Effect.succeed(answerOf('own')));
        yield* answers.share(shared('SELECT 1', ttl), run);
        yield* answers.share(shared('SELECT 1', ttl), run);
        expect(times()).toBe(2);
      }),
    ),
  );
});
