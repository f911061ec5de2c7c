import { type ChildProcess, fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Deferred, Effect, type Scope } from 'effect';
import { withoutCredentials } from '../config/clickhouse-url.ts';
import type { StorageTask } from '../domain/storage-task.ts';
import type { AskEngine } from './storage-route.ts';
import { EngineUnavailable, type ObsError, unpackError } from '../domain/errors.ts';
import { entryPoint } from './entry-points.ts';
import {
  type EngineSettings,
  engineSettingsVariable,
  type EngineStatus,
  type Evicted,
  type FromEngine,
  type ToEngine,
} from './engine-protocol.ts';
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
}

/** Threads for queries that run beside each other in the engine; each chDB session holds one while its query runs. */
const engineThreads = 16;
/** jemalloc keeps freed pages for seconds; inserts and merges free hundreds of megabytes a second. See docs/storage.md. */
const allocatorSettings = 'dirty_decay_ms:500,muzzy_decay_ms:0,background_thread:true';
const firstPauseMs = 50;
const longestPauseMs = 5_000;
const stableMs = 30_000;
const stopMs = 15_000;
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
  private child: ChildProcess | null = null;
  private port: number;
  private state: EngineHealth['state'] = 'starting';
  private restarts = 0;
  private lastExit: string | null = null;
  private evicted: Evicted = { partitions: 0, rows: 0, bytes: 0 };
  private pauseMs = firstPauseMs;
  private startedAt = 0;
  private stopping = false;
  private everReady = false;
  private timer: NodeJS.Timeout | null = null;
  private nextId = 1;
  private readonly tasks = new Map<number, (outcome: Awaited<ReturnType<AskEngine>>) => void>();
  private readonly waiting = new Map<number, (status: EngineStatus | null) => void>();

  constructor(settings: EngineSettings, ready: Deferred.Deferred<string, ObsError>, onEvent: (event: string) => void) {
    this.settings = settings;
    this.port = settings.queryPort;
    this.ready = ready;
    this.onEvent = onEvent;
  }

  start(): void {
    this.timer = null;
    this.startedAt = performance.now();
    const cwd = emptyFolder(this.settings.storePath);
    const child = fork(entryPoint('engine-main'), [], {
      cwd,
      env: {
        JE_MALLOC_CONF: allocatorSettings,
        ...process.env,
        UV_THREADPOOL_SIZE: String(engineThreads),
        [engineSettingsVariable]: JSON.stringify({ ...this.settings, queryPort: this.port }),
      },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    child.on('message', (message: FromEngine) => this.receive(message));
    child.on('error', (error) => this.onEvent(`engine process: ${error.message}`));
    child.on('exit', (code, signal) => this.ended(signal === null ? `exit code ${code}` : `killed by ${signal}`));
  }

  send(message: ToEngine): void {
    if (this.child?.connected === true) this.child.send(message, () => {});
  }

  health(): EngineHealth {
    const { state, child, restarts, lastExit, evicted } = this;
    return { state, pid: child?.pid ?? null, restarts, lastExit, evicted };
  }

  async askStatus(): Promise<EngineStatus | null> {
    if (this.state !== 'ready') return null;
    const id = this.nextId++;
    const answer = new Promise<EngineStatus | null>((resolve) => {
      const timer = setTimeout(() => this.waiting.get(id)?.(null), statusMs);
      this.waiting.set(id, (status) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(status);
      });
    });
    this.send({ type: 'status', id });
    return answer;
  }

  /** Has the engine do what `obs storage` asks for, however long it takes; `null` where the engine goes meanwhile. */
  async askTask(task: StorageTask): ReturnType<AskEngine> {
    if (this.state !== 'ready') return null;
    const id = this.nextId++;
    const answer = new Promise<Awaited<ReturnType<AskEngine>>>((resolve) => this.tasks.set(id, resolve));
    this.send({ type: 'task', id, task });
    return answer;
  }

  /** Asks the engine to finish its insert and close; after a while it is killed, which costs nothing but a replay. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const child = this.child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.send({ type: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await exited;
    clearTimeout(timer);
  }

  private receive(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        this.state = 'ready';
        this.everReady = true;
        this.port = message.port;
        Effect.runSync(Deferred.succeed(this.ready, message.url));
        if (this.restarts > 0) this.onEvent(`engine is back (restart ${this.restarts})`);
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
        this.waiting.get(message.id)?.(message.status);
        break;
      case 'done':
        this.tasks.get(message.id)?.(message.outcome);
        this.tasks.delete(message.id);
        break;
    }
  }

  private ended(how: string): void {
    this.waiting.forEach((resolve) => resolve(null));
    this.tasks.forEach((resolve) => resolve(null));
    this.tasks.clear();
    if (this.stopping) return;
    this.lastExit = how;
    this.child = null;
    if (!this.everReady) {
      const { clickhouse, storePath } = this.settings;
      const endpoint = clickhouse === null ? storePath : withoutCredentials(clickhouse);
      const reason = `the engine process ended before it was ready (${how})`;
      // No effect where a `failed` message came first: that one says more.
      Effect.runSync(Deferred.fail(this.ready, new EngineUnavailable({ endpoint, reason })));
      return;
    }
    this.state = 'restarting';
    this.restarts += 1;
    if (performance.now() - this.startedAt > stableMs) this.pauseMs = firstPauseMs;
    this.onEvent(`engine ended (${how}); starting it again in ${this.pauseMs} ms`);
    this.timer = setTimeout(() => this.start(), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
  }
}
