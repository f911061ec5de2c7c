import { Agent, request } from 'node:http';
import { Effect, type Scope } from 'effect';
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

/** Load that runs in the background for as long as the scope is open. */
export interface Load {
  readonly counts: () => LoadCounts;
}

const timeoutMs = 15_000;

/** Sends the planned requests at their times, whether or not earlier ones were answered. */
export function driveLoad({ url, seed, rate }: LoadOptions): Effect.Effect<Load, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => {
      const agent = new Agent({ keepAlive: true });
      const plan = planRequests(seed, rate);
      const counts = { sent: 0, succeeded: 0, failed: 0 };
      const startedAt = performance.now();
      let timer: NodeJS.Timeout | undefined;
      let next = plan.next().value;
      const tick = (): void => {
        const now = performance.now() - startedAt;
        while (next.atMs <= now) {
          counts.sent++;
          send(agent, url, next, (succeeded) => (succeeded ? counts.succeeded++ : counts.failed++));
          next = plan.next().value;
        }
        timer = setTimeout(tick, Math.max(1, next.atMs - (performance.now() - startedAt)));
      };
      tick();
      return {
        counts: () => ({ ...counts }),
        stop: () => {
          clearTimeout(timer);
          agent.destroy();
        },
      };
    }),
    ({ stop }) => Effect.sync(stop),
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
  outgoing.on('error', () => done(false));
  outgoing.on('response', (response) => {
    response.resume();
    response.on('end', () => done((response.statusCode ?? 500) < 400));
    response.on('error', () => done(false));
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
}
