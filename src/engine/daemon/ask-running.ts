import { Effect } from 'effect';
import { BadInput, EngineUnavailable, type ObsError, unpackError } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
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
  const url = `${otlpHttp}${path}?task=${encodeURIComponent(JSON.stringify(task))}`;
  // Percent-encoded: a character is a byte.
  if (url.length > limits.tasks.urlBytes) {
    return yield* new BadInput({
      what: 'Cannot ask the running obs for this',
      why: `it takes ${url.length.toLocaleString('en')} bytes as a URL, and ${limits.tasks.urlBytes.toLocaleString('en')} are taken`,
      hint: 'Use shorter names and texts',
    });
  }
  const answer = yield* Effect.tryPromise({
    try: () => accessTo(running, env).ask(url, { method: 'POST' }),
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
