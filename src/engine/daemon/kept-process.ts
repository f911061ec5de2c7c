import { type ChildProcess, fork } from 'node:child_process';
import { type EntryPoint, entryPoint } from './entry-points.ts';

export interface KeptProcessOptions<FromChild> {
  /** As events name it: `engine`. */
  readonly name: string;
  readonly entry: EntryPoint;
  readonly cwd?: string;
  /** Of the child; asked at each start. */
  readonly env: () => NodeJS.ProcessEnv;
  readonly onMessage: (message: FromChild) => void;
  readonly onEvent: (event: string) => void;
  /** It ended by itself. `false`: it is not started again. */
  readonly onEnded: (how: string) => boolean;
}

const firstPauseMs = 50;
const longestPauseMs = 5_000;
const stableMs = 30_000;
const stopMs = 15_000;

/**
 * A process that is started again when it ends, at once, later with growing pauses; and the questions it was asked.
 * An answer is `null` where the process goes before it answers.
 */
export class KeptProcess<ToChild extends { readonly type: string }, FromChild> {
  restarts = 0;
  private readonly options: KeptProcessOptions<FromChild>;
  private child: ChildProcess | null = null;
  private pauseMs = firstPauseMs;
  private startedAt = 0;
  private stopping = false;
  private timer: NodeJS.Timeout | null = null;
  private nextId = 1;
  private readonly asked = new Map<number, (answer: unknown) => void>();

  constructor(options: KeptProcessOptions<FromChild>) {
    this.options = options;
  }

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  start(): void {
    const { name, entry, cwd, env, onMessage, onEvent } = this.options;
    this.timer = null;
    this.startedAt = performance.now();
    const child = fork(entryPoint(entry), [], {
      ...(cwd === undefined ? {} : { cwd }),
      env: env(),
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child = child;
    child.on('message', (message: FromChild) => onMessage(message));
    child.on('error', (error) => onEvent(`${name} process: ${error.message}`));
    child.on('exit', (code, signal) => this.ended(signal === null ? `exit code ${code}` : `killed by ${signal}`));
  }

  send(message: ToChild): void {
    if (this.child?.connected === true) this.child.send(message, () => {});
  }

  /** @param timeoutMs then the answer is `null`; none: however long it takes */
  ask<Answer>(message: (id: number) => ToChild, timeoutMs?: number): Promise<Answer | null> {
    const id = this.nextId++;
    const answer = new Promise<Answer | null>((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.answered(id, null), timeoutMs);
      this.asked.set(id, (value) => {
        clearTimeout(timer);
        resolve(value as Answer | null);
      });
    });
    this.send(message(id));
    return answer;
  }

  answered(id: number, answer: unknown): void {
    const resolve = this.asked.get(id);
    this.asked.delete(id);
    resolve?.(answer);
  }

  /** Asks it to finish; after a while it is killed. */
  async stop(message: ToChild): Promise<void> {
    this.stopping = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const child = this.child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.send(message);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await exited;
    clearTimeout(timer);
  }

  private ended(how: string): void {
    for (const id of this.asked.keys()) this.answered(id, null);
    if (this.stopping) return;
    this.child = null;
    if (!this.options.onEnded(how)) return;
    this.restarts += 1;
    if (performance.now() - this.startedAt > stableMs) this.pauseMs = firstPauseMs;
    this.options.onEvent(`${this.options.name} ended (${how}); starting it again in ${this.pauseMs} ms`);
    this.timer = setTimeout(() => this.start(), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
  }
}
