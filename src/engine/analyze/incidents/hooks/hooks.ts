import { Effect, Queue, Result, type Scope } from 'effect';
import type { Hook } from '../../../config/analyze-settings.ts';
import type { Incident } from '../../../domain/anomaly.ts';
import { limits } from '../../../domain/limits.ts';
import { type IncidentEvent, isWorse } from '../incident-event.ts';
import { rankOf } from '../order.ts';
import { randomFrom } from '../../autoencoder/random.ts';
import { commandHook } from './command-hook.ts';
import { deliver, type NotDelivered, type Patience, type Send } from './delivery.ts';
import { type HookMessage, messageOfEvent } from './message.ts';
import { webhook } from './webhook.ts';

export interface HookCounts {
  readonly delivered: number;
  /** Tries that failed and were followed by another. */
  readonly retried: number;
  /** Events that were tried for as long as is sensible, or refused for good. */
  readonly givenUp: number;
  /** Events that found the queue full. */
  readonly dropped: number;
  /** Events that wait, with the one under way. */
  readonly waiting: number;
}

export interface HookStatus extends HookCounts {
  readonly kind: Hook['kind'];
  /** Its host, or its program: addresses and arguments may hold secrets. */
  readonly name: string;
  /** Why the last try failed; `null` when it did not. */
  readonly problem: string | null;
}

export interface HooksStatus extends HookCounts {
  readonly hooks: readonly HookStatus[];
}

export interface Hooks {
  /** Returns at once. Of `changed` those are told by which an incident got worse, or wider. */
  tell(event: IncidentEvent): Effect.Effect<void>;
  status(): HooksStatus;
}

export interface HookTimes extends Patience {
  readonly answerMs: number;
  /** Events that wait for one hook. */
  readonly waiting: number;
  readonly seed: number;
}

/** Incidents whose last telling is remembered, to know what changed since. */
const remembered = 10_000;

/** Each hook is told in order, one event after the other, and none waits for another. Ends with the scope; what waits then is lost, and said in the log. */
export const createHooks = Effect.fnUntraced(function* (
  hooks: readonly Hook[],
  times: HookTimes = { ...limits.hooks, seed: process.pid },
): Effect.fn.Return<Hooks, never, Scope.Scope> {
  const started = yield* Effect.forEach(hooks, (hook, index) => startHook(hook, times, times.seed + index));
  return {
    tell: (event) => Effect.sync(() => started.forEach(({ tell }) => tell(event))),
    status: () => {
      const each = started.map(({ status }) => status());
      const sum = (count: keyof HookCounts): number => each.reduce((total, hook) => total + hook[count], 0);
      return {
        delivered: sum('delivered'),
        retried: sum('retried'),
        givenUp: sum('givenUp'),
        dropped: sum('dropped'),
        waiting: sum('waiting'),
        hooks: each,
      };
    },
  };
});

const startHook = Effect.fnUntraced(function* (hook: Hook, times: HookTimes, seed: number) {
  const queue = yield* Queue.dropping<HookMessage>(times.waiting);
  const send = sendOf(hook, times.answerMs);
  const name = nameOf(hook);
  const counts = { delivered: 0, retried: 0, givenUp: 0, dropped: 0 };
  const random = randomFrom(seed);
  let underWay = 0;
  let problem: string | null = null;

  const next = Effect.gen(function* () {
    const message = yield* Queue.take(queue);
    underWay = 1;
    const outcome = yield* Effect.result(
      deliver(send, message, times, random, (reason) => {
        counts.retried += 1;
        problem = reason;
      }),
    );
    if (Result.isSuccess(outcome)) {
      counts.delivered += 1;
      problem = null;
    } else {
      counts.givenUp += 1;
      problem = outcome.failure.reason;
      yield* lost(name, message, outcome.failure);
    }
    underWay = 0;
  });
  yield* Effect.addFinalizer(() => {
    const left = Queue.sizeUnsafe(queue) + underWay;
    return left === 0
      ? Effect.void
      : Effect.logWarning(`hook ${name}: ${left} events were not delivered before the end`);
  });
  yield* next.pipe(Effect.forever, Effect.forkScoped);

  const isTold = changesOnly(hook);
  return {
    tell: (event: IncidentEvent): void => {
      if (!isTold(event)) return;
      if (!Queue.offerUnsafe(queue, messageOfEvent(event))) counts.dropped += 1;
    },
    status: (): HookStatus => ({
      kind: hook.kind,
      name,
      ...counts,
      waiting: Queue.sizeUnsafe(queue) + underWay,
      problem,
    }),
  };
});

const lost = (name: string, { incident, type }: HookMessage, { reason }: NotDelivered): Effect.Effect<void> =>
  Effect.logWarning(`hook ${name}: incident ${incident.id} ${type} was given up: ${reason}`);

function sendOf({ kind, target }: Hook, answerMs: number): Send {
  return kind === 'webhook' ? webhook(target, answerMs) : commandHook(target, answerMs);
}

function nameOf({ kind, target }: Hook): string {
  if (kind === 'webhook') return URL.canParse(target) ? new URL(target).host : 'of no address';
  return /[^\s"']+/.exec(target)?.[0] ?? 'of no program';
}

/** Whether a hook is told of an event, by what it was told before. */
function changesOnly({ minSeverity }: Hook): (event: IncidentEvent) => boolean {
  const told = new Map<string, Pick<Incident, 'severity' | 'services'>>();
  return ({ type, incident: { id, severity, services } }) => {
    if (rankOf(severity) < rankOf(minSeverity)) return false;
    const before = told.get(id);
    if (type === 'changed' && before !== undefined && !isWorse(before, { severity, services })) return false;
    told.delete(id);
    if (type === 'ended') return true;
    told.set(id, { severity, services });
    if (told.size > remembered) told.delete(told.keys().next().value ?? '');
    return true;
  };
}
