import { Effect } from 'effect';
import { EngineUnavailable, type ObsError, unpackError } from '../domain/errors.ts';
import { accessTo } from './daemon-access.ts';
import type { RunState } from './run-state.ts';

/** Has a running daemon do a task (task-route.ts); its error comes back as the value that it was. */
export const askRunning = Effect.fnUntraced(function* <Result>(
  running: RunState,
  env: Readonly<Record<string, string | undefined>>,
  path: string,
  task: object,
): Effect.fn.Return<Result, ObsError> {
  const { otlpHttp } = running.endpoints;
  const unavailable = (reason: string): EngineUnavailable => new EngineUnavailable({ endpoint: otlpHttp, reason });
  const answer = yield* Effect.tryPromise({
    try: () =>
      accessTo(running, env).ask(`${otlpHttp}${path}?task=${encodeURIComponent(JSON.stringify(task))}`, {
        method: 'POST',
      }),
    catch: (error) => unavailable(error instanceof Error ? error.message : String(error)),
  });
  const said = parsed(answer.text);
  if (answer.status === 200) return said as Result;
  return yield* unpackError(said) ?? unavailable(`it answered ${answer.status}: ${answer.text}`);
});

/** What is no JSON is told as it stands. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
