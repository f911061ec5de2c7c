import { Agent, request } from 'node:http';
import { Clock, Effect, type Scope } from 'effect';
import { planRequests, type PlannedRequest } from './request-plan.ts';

export interface LoadOptions {
  readonly url: string;
  readonly seed: number;
  /** Requests per second, on average. */
  readonly rate: number;
}

export interface LoadCounts {
  readonly sent: number;
  readonly succeeded: number;
  /** Answered with 4xx or 5xx, or not at all. */
  readonly failed: number;
}

/** Load that runs in the background until it is finished or the scope closes, which drops what is unanswered. */
export interface Load {
  readonly counts: () => LoadCounts;
  /** Sends no more, and waits until what was sent is answered or has timed out. */
  readonly finish: Effect.Effect<LoadCounts>;
}

const timeoutMs = 10_000;

/** Sends the planned requests at their times, whether or not earlier ones were answered. */
export function driveLoad({ url, seed, rate }: LoadOptions): Effect.Effect<Load, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.map(Clock.Clock, (clock) => {
      const nowMs = (): number => Number(clock.monotonicTimeNanosUnsafe() / 1000n) / 1000;
      const agent = new Agent({ keepAlive: true });
      const plan = planRequests(seed, rate);
      const counts = { sent: 0, succeeded: 0, failed: 0 };
      const startedAt = nowMs();
      let timer: NodeJS.Timeout | undefined;
      let next = plan.next().value;
      const tick = (): void => {
        const now = nowMs() - startedAt;
        while (next.atMs <= now) {
          counts.sent++;
          send(agent, url, next, (succeeded) => (succeeded ? counts.succeeded++ : counts.failed++));
          next = plan.next().value;
        }
        timer = setTimeout(tick, Math.max(1, next.atMs - now));
      };
      tick();
      const answered = Effect.sync(() => counts.succeeded + counts.failed === counts.sent);
      return {
        counts: () => ({ ...counts }),
        finish: Effect.gen(function* () {
          clearTimeout(timer);
          while (!(yield* answered)) yield* Effect.sleep('10 millis');
          return { ...counts };
        }),
        drop: () => {
          clearTimeout(timer);
          agent.destroy();
        },
      };
    }),
    ({ drop }) => Effect.sync(drop),
  );
}

function send(agent: Agent, url: string, planned: PlannedRequest, done: (succeeded: boolean) => void): void {
  const { method, path, body } = planned;
  const outgoing = request(new URL(path, url), {
    method,
    agent,
    timeout: timeoutMs,
    headers: { 'content-type': 'application/json' },
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
  let succeeded = false;
  outgoing.on('error', () => undefined);
  outgoing.on('response', (response) => {
    response.resume();
    response.on('error', () => undefined);
    response.on('end', () => {
      succeeded = (response.statusCode ?? 500) < 400;
    });
  });
  outgoing.on('close', () => done(succeeded));
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
}
