import { dirname, join } from 'node:path';
import { Deferred, Effect, type Scope } from 'effect';
import { withoutCredentials } from '../config/clickhouse-url.ts';
import type { StorageTask } from '../domain/storage-task.ts';
import type { AskEngine } from './storage-route.ts';
import { EngineUnavailable, type ObsError, unpackError } from '../domain/errors.ts';
import {
  type EngineSettings,
  engineSettingsVariable,
  type EngineStatus,
  type Evicted,
  type FromEngine,
  type OwnOutcome,
  type ToEngine,
} from './engine-protocol.ts';
import { KeptProcess } from './kept-process.ts';
import { makeFolder } from './make-folder.ts';

export interface EngineHealth {
  /** `waiting`: it runs, and no ClickHouse server answers it. */
  readonly state: 'starting' | 'ready' | 'waiting' | 'restarting';
  readonly pid: number | null;
  readonly restarts: number;
  /** How the last one ended, e.g. "killed by SIGKILL"; `null` while the first one lives. */
  readonly lastExit: string | null;
  /** What the disk cap dropped since the daemon started, by all its engines. */
  readonly evicted: Evicted;
}

export interface EngineSupervisor {
  /** The endpoint's URL once the first engine answers; fails with the reason when that one cannot start. */
  readonly ready: Effect.Effect<string, ObsError>;
  readonly health: () => EngineHealth;
  /** Tells the loader that a segment waits. */
  readonly wake: () => void;
  /** `null` while no engine answers. */
  readonly status: Effect.Effect<EngineStatus | null>;
  readonly work: AskEngine;
  /** Runs a statement over tables of obs's own; `null` where the engine goes meanwhile. */
  readonly own: (sql: string) => Promise<OwnOutcome | null>;
}

/** Threads for queries that run beside each other in the engine; each chDB session holds one while its query runs. */
const engineThreads = 16;
/** jemalloc keeps freed pages for seconds; inserts and merges free hundreds of megabytes a second. See docs/storage.md. */
const allocatorSettings = 'dirty_decay_ms:500,muzzy_decay_ms:0,background_thread:true';
const statusMs = 2_000;

/**
 * Keeps one engine process alive for as long as the scope is open. When it dies it is started again at once, later with
 * growing pauses; receivers and spool do not notice but for segments that wait.
 */
export function superviseEngine(
  settings: EngineSettings,
  onEvent: (event: string) => void,
): Effect.Effect<EngineSupervisor, never, Scope.Scope> {
  return Effect.gen(function* () {
    const ready = yield* Deferred.make<string, ObsError>();
    const engine = new Engine(settings, ready, onEvent);
    engine.start();
    yield* Effect.addFinalizer(() => Effect.promise(() => engine.stop()));
    return {
      ready: Deferred.await(ready),
      health: () => engine.health(),
      wake: () => engine.send({ type: 'wake' }),
      status: Effect.promise(() => engine.askStatus()),
      work: (task) => engine.askTask(task),
      own: (sql) => engine.askOwn(sql),
    };
  });
}

/**
 * chDB takes an unknown table name for a file in the working directory. The guard keeps such names out; this keeps files
 * out of reach besides.
 */
function emptyFolder(storePath: string): string {
  const folder = join(dirname(storePath), 'engine-cwd');
  makeFolder(folder);
  return folder;
}

class Engine {
  private readonly settings: EngineSettings;
  private readonly ready: Deferred.Deferred<string, ObsError>;
  private readonly onEvent: (event: string) => void;
  private readonly process: KeptProcess<ToEngine, FromEngine>;
  private port: number;
  private state: EngineHealth['state'] = 'starting';
  private lastExit: string | null = null;
  private evicted: Evicted = { partitions: 0, rows: 0, bytes: 0 };
  private everReady = false;

  constructor(settings: EngineSettings, ready: Deferred.Deferred<string, ObsError>, onEvent: (event: string) => void) {
    this.settings = settings;
    this.port = settings.queryPort;
    this.ready = ready;
    this.onEvent = onEvent;
    this.process = new KeptProcess({
      name: 'engine',
      entry: 'engine-main',
      cwd: emptyFolder(settings.storePath),
      env: () => ({
        JE_MALLOC_CONF: allocatorSettings,
        ...process.env,
        UV_THREADPOOL_SIZE: String(engineThreads),
        [engineSettingsVariable]: JSON.stringify({ ...settings, queryPort: this.port }),
      }),
      onMessage: (message) => this.receive(message),
      onEvent,
      onEnded: (how) => this.ended(how),
    });
  }

  start(): void {
    this.process.start();
  }

  send(message: ToEngine): void {
    this.process.send(message);
  }

  health(): EngineHealth {
    const { state, lastExit, evicted } = this;
    return { state, pid: this.process.pid, restarts: this.process.restarts, lastExit, evicted };
  }

  async askStatus(): Promise<EngineStatus | null> {
    return this.ask((id) => ({ type: 'status', id }), statusMs);
  }

  /** Has the engine do what `obs storage` asks for, however long it takes; `null` where the engine goes meanwhile. */
  async askTask(task: StorageTask): ReturnType<AskEngine> {
    return this.ask((id) => ({ type: 'task', id, task }));
  }

  async askOwn(sql: string): Promise<OwnOutcome | null> {
    return this.ask((id) => ({ type: 'own', id, sql }));
  }

  /** Asks the engine to finish its insert and close; killed after a while, which costs nothing but a replay. */
  stop(): Promise<void> {
    return this.process.stop({ type: 'stop' });
  }

  private async ask<Answer>(message: (id: number) => ToEngine, timeoutMs?: number): Promise<Answer | null> {
    return this.state === 'ready' ? this.process.ask<Answer>(message, timeoutMs) : null;
  }

  private receive(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        this.state = 'ready';
        this.everReady = true;
        this.port = message.port;
        Effect.runSync(Deferred.succeed(this.ready, message.url));
        if (this.process.restarts > 0) this.onEvent(`engine is back (restart ${this.process.restarts})`);
        break;
      case 'failed': {
        const error = unpackError(message.error);
        this.lastExit = JSON.stringify(message.error);
        if (!this.everReady && error !== null) Effect.runSync(Deferred.fail(this.ready, error));
        break;
      }
      case 'event':
        this.onEvent(message.event);
        break;
      case 'evicted': {
        const { partitions, rows, bytes } = this.evicted;
        this.evicted = {
          partitions: partitions + message.partitions,
          rows: rows + message.rows,
          bytes: bytes + message.bytes,
        };
        break;
      }
      case 'status':
        this.process.answered(message.id, message.status);
        break;
      case 'done':
      case 'owned':
        this.process.answered(message.id, message.outcome);
        break;
    }
  }

  private ended(how: string): boolean {
    this.lastExit = how;
    if (this.everReady) {
      this.state = 'restarting';
      return true;
    }
    const { clickhouse, storePath } = this.settings;
    const endpoint = clickhouse === null ? storePath : withoutCredentials(clickhouse);
    const reason = `the engine process ended before it was ready (${how})`;
    // No effect where a `failed` message came first: that one says more.
    Effect.runSync(Deferred.fail(this.ready, new EngineUnavailable({ endpoint, reason })));
    return false;
  }
}
