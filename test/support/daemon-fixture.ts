import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Fiber, Schedule } from 'effect';
import { defaultAnalyze } from '../../src/engine/config/analyze-settings.ts';
import { type Paths, resolvePaths } from '../../src/engine/config/paths.ts';
import { defaultSettings, type Settings } from '../../src/engine/config/settings.ts';
import { runDaemon } from '../../src/engine/daemon/daemon.ts';
import type { RunState } from '../../src/engine/daemon/run-state.ts';
import type { StatusReport } from '../../src/engine/daemon/status.ts';
import type { Signal } from '../../src/engine/domain/signals.ts';
import { httpQueryClient } from '../../src/engine/store/http-query-client.ts';
import { QueryClient } from '../../src/engine/store/query-client.ts';

/** A whole daemon in this process (its engine in a child, as always), on free ports and a folder of its own. */
export interface TestDaemon extends AsyncDisposable {
  readonly home: string;
  readonly paths: Paths;
  readonly env: Record<string, string>;
  readonly state: RunState;
  /** Why no ClickHouse server answered at the start. */
  readonly away: string | null;
  status(): Promise<StatusReport>;
  /** Sends one OTLP request and gives the answer's status. */
  send(signal: Signal, body: Uint8Array | string): Promise<number>;
  rows<Row>(sql: string, parameters?: Record<string, string>): Promise<readonly Row[]>;
  /** Resolves when the question holds; the test's own timeout is the bound. */
  eventually(question: () => Promise<boolean>): Promise<void>;
  stop(): Promise<void>;
}

/** Most tests are of other parts: a process less for each. */
const withoutAnalyzer = { ...defaultAnalyze, enabled: false };

export async function startTestDaemon(
  home = mkdtempSync(join(tmpdir(), 'obs-test-')),
  settings: Partial<Settings> = {},
): Promise<TestDaemon> {
  const env = { OBS_HOME: home };
  const paths = resolvePaths(env);
  let fiber: Fiber.Fiber<never, unknown> | undefined;
  const { state, away } = await new Promise<{ state: RunState; away: string | null }>((resolve, reject) => {
    const daemon = runDaemon(
      { ...defaultSettings, analyze: withoutAnalyzer, otlpGrpcPort: 0, otlpHttpPort: 0, queryPort: 0, ...settings },
      paths,
      (ready, whyAway) => Effect.sync(() => resolve({ state: ready, away: whyAway })),
    );
    fiber = Effect.runFork(daemon.pipe(Effect.tapError((error) => Effect.sync(() => reject(error)))));
  });
  const client = httpQueryClient({ endpoint: state.endpoints.query });
  const stop = async (): Promise<void> => {
    if (fiber !== undefined) await Effect.runPromise(Fiber.interrupt(fiber));
  };
  return {
    home,
    paths,
    env,
    state,
    away,
    status: async () => (await (await fetch(`${state.endpoints.otlpHttp}/status`)).json()) as StatusReport,
    send: async (signal, body) => {
      const json = typeof body === 'string';
      const answer = await fetch(`${state.endpoints.otlpHttp}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': json ? 'application/json' : 'application/x-protobuf' },
        body: json ? body : new Uint8Array(body),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    rows: (sql, parameters = {}) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const query = yield* QueryClient;
          return yield* query.rows<never>(sql, { parameters });
        }).pipe(Effect.provide(client)),
      ),
    eventually: (question) =>
      Effect.runPromise(
        Effect.promise(question).pipe(
          Effect.repeat({ schedule: Schedule.spaced('25 millis'), until: (is: boolean) => is }),
          Effect.asVoid,
        ),
      ),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
