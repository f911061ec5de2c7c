import { Cause, Clock, Effect, FiberMap, Queue, Stream, type Scope } from 'effect';
import { resolvePaths } from '../engine/config/paths.ts';
import { QueryFailed, type EngineUnavailable } from '../engine/domain/errors.ts';
import { limits } from '../engine/domain/limits.ts';
import { messageOf } from '../engine/domain/messages.ts';
import { keepAnswer } from '../engine/explain/evidence/keep.ts';
import type { Question } from '../engine/explain/question.ts';
import { QueryClient } from '../engine/store/query-client.ts';
import { openExplainer } from './bridge/explainer.ts';
import { atLeastEveryMs, cadence, movesWithTotals, panelFor, type AnyPanel } from './panels/panels.ts';
import type { PanelStatement, Row } from './panels/panel.ts';
import { requestKey, type PanelAnswer, type PanelRequest, type Totals } from './state/data.ts';
import type { Event } from './state/events.ts';
import { currentPage, initialModel, type Model, type Options } from './state/model.ts';
import { wantedPanels } from './state/requests.ts';
import { createStateStore } from './state/store.ts';
import { update } from './state/update.ts';
import type { Theme } from './theme.ts';
import type { Streams } from './screen.tsx';

/**
 * The seam between the engine's effects and the state of the screen, which knows nothing of effects: here requests
 * become streams of events. A panel has one poll under way at most; who is not wanted is not asked.
 */
export interface Feed {
  /** From now on these panels are wanted, and no others. */
  show(requests: readonly PanelRequest[]): void;
}

/** What the store held at the last look; while it stands still, other panels need not be asked again. */
interface Pulse {
  totals: Totals | null;
}

/** A panel's last answer: the same rows again are the same data, so that nothing is drawn anew. */
export interface Memory {
  rows: string;
  data: PanelAnswer['data'] | null;
  totals: Totals | null;
  atMs: number;
  past: { readonly key: string; readonly rows: readonly Row[] } | null;
}

export const noMemory = (): Memory => ({ rows: '', data: null, totals: null, atMs: 0, past: null });

/** Answers that come this close together are one change of the picture. */
const togetherMs = 50;

/** @param intervalMs between two polls of the liveliest panels; see `cadence` */
export const openFeed = Effect.fnUntraced(function* (
  send: (events: readonly Event[]) => void,
  intervalMs: number,
): Effect.fn.Return<Feed, never, QueryClient | Scope.Scope> {
  const polls = yield* FiberMap.make<string, void>();
  const wishes = yield* Queue.sliding<readonly PanelRequest[]>(1);
  const news = yield* Queue.unbounded<Event>();
  const pulse: Pulse = { totals: null };
  let wanted = new Set<string>();
  const follow = Effect.fnUntraced(function* (requests: readonly PanelRequest[]) {
    const keys = new Set(requests.map(requestKey));
    for (const key of wanted) if (!keys.has(key)) yield* FiberMap.remove(polls, key);
    for (const request of requests) {
      const key = requestKey(request);
      const events = pollPanel(request, intervalMs, pulse);
      if (wanted.has(key)) continue;
      yield* FiberMap.run(
        polls,
        key,
        Stream.runForEach(events, (event) => Queue.offer(news, event)),
      );
    }
    wanted = keys;
  });
  yield* Stream.fromQueue(wishes).pipe(Stream.runForEach(follow), Effect.forkScoped);
  yield* Stream.fromQueue(news).pipe(
    Stream.groupedWithin(1000, togetherMs),
    Stream.runForEach((events) => Effect.sync(() => send(events))),
    Effect.forkScoped,
  );
  return { show: (requests) => void Queue.offerUnsafe(wishes, requests) };
});

/**
 * A panel's events, one poll after the other; a failed poll is an event, and the next one comes. All panels poll at
 * the same beats of the clock, so that their answers come together; the first poll does not wait for one.
 */
function pollPanel(request: PanelRequest, intervalMs: number, pulse: Pulse): Stream.Stream<Event, never, QueryClient> {
  const memory = noMemory();
  const poll = pollOnce(request, pulse, memory).pipe(Effect.catchCause((cause) => failure(request, cause)));
  const everyMs = intervalMs * cadence[request.id];
  const nextBeat = Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sleep(everyMs - (now % everyMs)));
  return Stream.concat(Stream.fromEffect(poll), Stream.fromEffectRepeat(Effect.andThen(nextBeat, poll))).pipe(
    Stream.filter((event) => event !== null),
  );
}

const pollOnce = Effect.fnUntraced(function* (request: PanelRequest, pulse: Pulse, memory: Memory) {
  const nowMs = yield* Clock.currentTimeMillis;
  const isStill = movesWithTotals.has(request.id) && memory.totals !== null && memory.totals === pulse.totals;
  if (isStill && nowMs - memory.atMs < atLeastEveryMs) return null;
  const { totals } = pulse;
  const answer = yield* ask(request, memory);
  memory.totals = totals;
  memory.atMs = nowMs;
  if (answer.id === 'totals') pulse.totals = answer.data;
  return { type: 'answered', answer } satisfies Event;
});

/** Viewers of one store poll at the same beats: they take each other's answers, which are a second old at most. */
const shared = { use_query_cache: 1, query_cache_ttl: 1 } as const;

/** The second in which it is asked: all viewers of that second ask for the very same. */
const thisSecond = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 1000) * 1000);

/** What is past is remembered until its parameters move on, which they do with every step of the range. */
function rowsOf(
  client: QueryClient['Service'],
  { sql, parameters, isPast = false }: PanelStatement,
  memory: Memory,
): Effect.Effect<readonly Row[], QueryFailed | EngineUnavailable> {
  const key = JSON.stringify(parameters);
  if (isPast && memory.past?.key === key) return Effect.succeed(memory.past.rows);
  return client.rows<Row>(sql, { parameters, settings: shared }).pipe(
    Effect.tap((rows) =>
      Effect.sync(() => {
        if (isPast) memory.past = { key, rows };
      }),
    ),
  );
}

/** A panel's answers in the order in which they were asked for. */
export const answersOf = Effect.fnUntraced(function* (client: QueryClient['Service'], panel: AnyPanel, memory: Memory) {
  const answers: (readonly Row[])[] = [];
  for (const statement of panel.statements) answers.push(yield* rowsOf(client, statement, memory));
  for (let next = panel.follow?.(answers); next !== undefined && next !== null; next = panel.follow?.(answers)) {
    answers.push(yield* rowsOf(client, next, memory));
  }
  return answers;
});

/** ClickHouse's UNKNOWN_TABLE and UNKNOWN_IDENTIFIER. */
const notThere: ReadonlySet<number> = new Set([60, 47]);

/** Asks the engine once. */
export const ask = Effect.fnUntraced(function* (
  request: PanelRequest,
  memory: Memory = noMemory(),
): Effect.fn.Return<PanelAnswer, QueryFailed | EngineUnavailable | Cause.TimeoutError, QueryClient> {
  const client = yield* QueryClient;
  const panel = panelFor(request, yield* thisSecond);
  const answers = yield* answersOf(client, panel, memory).pipe(
    Effect.timeout(limits.query.timeMs),
    Effect.catchTag('QueryFailed', (error) =>
      panel.withoutTables !== undefined && notThere.has(error.code) ? Effect.succeed(null) : Effect.fail(error),
    ),
  );
  const rows = JSON.stringify(answers);
  if (answers === null) {
    if (memory.rows !== rows) memory.data = panel.withoutTables ?? null;
    memory.rows = rows;
  } else if (memory.data === null || rows !== memory.rows || request.id === 'services' || request.id === 'service') {
    memory.rows = rows;
    memory.data = panel.decode(...answers);
  }
  const atMs = yield* Clock.currentTimeMillis;
  return { id: request.id, key: requestKey(request), data: memory.data, atMs } as PanelAnswer;
});

const failure = Effect.fnUntraced(function* (
  request: PanelRequest,
  cause: Cause.Cause<QueryFailed | EngineUnavailable | Cause.TimeoutError>,
): Effect.fn.Return<Event> {
  if (Cause.hasInterruptsOnly(cause)) return yield* Effect.interrupt;
  const error = Cause.squash(cause);
  const atMs = yield* Clock.currentTimeMillis;
  return { type: 'failed', id: request.id, atMs, ...reasonOf(error) };
});

function reasonOf(error: unknown): { readonly reason: string; readonly away: boolean } {
  if (error instanceof Cause.TimeoutError)
    return { reason: `no answer within ${limits.query.timeMs / 1000} s`, away: false };
  if (typeof error === 'object' && error !== null && '_tag' in error) {
    const known = error as QueryFailed | EngineUnavailable;
    return { reason: messageOf(known).why, away: known._tag === 'EngineUnavailable' };
  }
  return { reason: String(error), away: false };
}

/** The live screen until the user leaves it. @returns the exit code; a crash of the screen is a defect */
export const watchLive = Effect.fnUntraced(function* (
  options: Omit<Options, 'nowMs'>,
  intervalMs: number,
  theme: Theme,
  streams: Streams,
): Effect.fn.Return<number, never, QueryClient | Scope.Scope> {
  const { openScreen } = yield* Effect.promise(() => import('./screen.tsx'));
  const store = createStateStore(initialModel({ ...options, nowMs: yield* Clock.currentTimeMillis }));
  const feed = yield* openFeed(store.sendAll, intervalMs);
  const explainer = yield* openExplainer(store.send, (explanation) =>
    keepAnswer(resolvePaths(process.env).answers, explanation),
  );
  let wanted = '';
  let asked: Question | null = null;
  const follow = (): void => {
    const question = store.get().explaining?.question ?? null;
    if (question !== asked) explainer.ask(question);
    asked = question;
    const requests = wantedPanels(store.get());
    const keys = requests.map(requestKey).join();
    if (keys === wanted) return;
    wanted = keys;
    feed.show(requests);
  };
  follow();
  store.subscribe(follow);
  const screen = yield* Effect.acquireRelease(
    Effect.sync(() => openScreen(store, theme, streams)),
    (open) => Effect.sync(() => open.close()),
  );
  yield* Effect.promise(() => screen.ended);
  return store.get().exit ?? 0;
});

/** Some panels are only known when others have answered: the chart of the first service, say. */
const rounds = 3;

/** The state with everything answered that one frame shows. */
export const settle = Effect.fnUntraced(function* (
  options: Omit<Options, 'nowMs'>,
): Effect.fn.Return<Model, QueryFailed | EngineUnavailable, QueryClient> {
  let model = initialModel({ ...options, nowMs: yield* Clock.currentTimeMillis });
  const asked = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const missing = wantedPanels(model).filter((request) => !asked.has(requestKey(request)));
    if (missing.length === 0) break;
    for (const request of missing) asked.add(requestKey(request));
    const answers = yield* Effect.forEach(missing, (request) => ask(request), { concurrency: 4 }).pipe(
      Effect.catchTag(
        'TimeoutError',
        () => new QueryFailed({ code: 159, message: `no answer within ${limits.query.timeMs / 1000} s` }),
      ),
    );
    for (const answer of answers) model = update(model, { type: 'answered', answer });
  }
  return model;
});

/** One frame as text, `size` wide and high at most. */
export const watchOnce = Effect.fnUntraced(function* (options: Omit<Options, 'nowMs'>, theme: Theme) {
  const { frameText } = yield* Effect.promise(() => import('./screen.tsx'));
  return frameText(yield* settle(options), theme);
});

/** What the frame shows, as one object. */
export const watchData = Effect.fnUntraced(function* (options: Omit<Options, 'nowMs'>) {
  const model = yield* settle(options);
  return {
    page: currentPage(model),
    role: model.role.name,
    endpoint: model.endpoint,
    fromMs: model.nowMs - model.rangeMs,
    toMs: model.nowMs,
    data: Object.fromEntries(Object.entries(model.panels).map(([id, panel]) => [id, panel.data])),
  };
});
