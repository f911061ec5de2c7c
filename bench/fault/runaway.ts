import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../../src/engine/domain/limits.ts';
import { summary } from '../support/report.ts';
import { type HomeDaemon, startDaemonAt } from './home-daemon.ts';
import type { Shape } from './runaway-shapes.ts';

export interface RunawayOutcome {
  readonly shape: string;
  readonly answer: string;
  readonly answeredMs: number;
  /** When it was in the engine's list of statements for the last time. */
  readonly goneMs: number;
  readonly others: { readonly p50Ms: number; readonly p95Ms: number; readonly count: number; readonly failed: number };
  readonly engineRestarts: number;
  readonly verdict: string;
}

export interface RunawayOptions {
  readonly limitSeconds: number;
  /** How much later than its limit a statement may be answered, and leave the engine. */
  readonly graceMs: number;
  readonly shapes: readonly Shape[];
  /** Besides: nothing (the baseline), a sender that hangs up, and six at once. */
  readonly besides: boolean;
}

/** From the decision that nothing else stops a statement until its process is gone. */
const endMs = 1000;

/** Runs each statement against one daemon, small statements beside it all the while. */
export async function runAway({
  limitSeconds,
  graceMs,
  shapes,
  besides,
}: RunawayOptions): Promise<readonly RunawayOutcome[]> {
  const allowedMs = limitSeconds * 1000 + graceMs;
  const folder = mkdtempSync(join(tmpdir(), 'obs-runaway-'));
  cpSync(new URL('../../LICENSE', import.meta.url), join(folder, 'LICENSE'));
  const daemon = await startDaemonAt(folder);
  const outcomes: RunawayOutcome[] = [];
  try {
    const idle = async (): Promise<string> => (await sleep(limitSeconds * 1000), 'none');
    if (besides) outcomes.push(await observe('nothing beside it (baseline)', idle, null));
    for (const shape of shapes) outcomes.push(await observe(shape.name, () => ask(shape), shape));
    const [first, hangUp] = shapes;
    if (first !== undefined && hangUp !== undefined && besides) {
      const hangingUp = (): Promise<string> => ask(hangUp, AbortSignal.timeout(500));
      outcomes.push(await observe('sender hangs up after 0.5 s', hangingUp, hangUp, 1500));
      const six = async (): Promise<string> =>
        (await Promise.all(shapes.slice(0, 6).map((shape) => ask(shape)))).join(' ');
      outcomes.push(await observe('six of them at once', six, first));
    }
    return outcomes;
  } finally {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  async function ask({ name, sql, settings = {} }: Shape, signal?: AbortSignal): Promise<string> {
    const query = new URLSearchParams({ max_execution_time: String(limitSeconds), ...settings });
    try {
      const answer = await fetch(`${daemon.endpoints.query}/?${query.toString()}`, {
        method: 'POST',
        body: sql.replace(/^SELECT/, `WITH '${name}' AS runaway SELECT`),
        ...(signal ? { signal } : {}),
      });
      const text = await answer.text();
      return answer.headers.get('x-clickhouse-exception-code') ?? `${answer.status}, ${text.length} bytes`;
    } catch (error) {
      return signal?.aborted === true ? 'hung up' : String(error);
    }
  }

  async function observe(
    name: string,
    run: () => Promise<string>,
    shape: Shape | null,
    allowed = allowedMs,
  ): Promise<RunawayOutcome> {
    const before = (await daemon.status()).engine.restarts;
    const start = performance.now();
    const took: number[] = [];
    let failed = 0;
    let goneMs = 0;
    let running = true;
    let answered = false;
    const since = (): number => performance.now() - start;
    const small = (async () => {
      while (running) {
        const from = performance.now();
        const afterAnswer = answered;
        const rows = await listed(daemon, shape).catch(() => null);
        if (rows === null) failed += 1;
        else took.push(performance.now() - from);
        if (rows !== null && rows > 0) goneMs = since();
        if (rows === 0 && afterAnswer) running = false;
        await sleep(20);
      }
    })();
    const answer = await run();
    const answeredMs = since();
    // Looked at until it has left.
    answered = true;
    await small;
    const { median, max } = summary(took);
    const sorted = took.toSorted((a, b) => a - b);
    const engineRestarts = (await daemon.status()).engine.restarts - before;
    const good =
      shape?.stoppedBy === 'restart'
        ? answeredMs <= allowed && goneMs <= allowed + limits.query.stuckMs + endMs && engineRestarts === 1
        : Math.max(answeredMs, goneMs) <= allowed && failed === 0 && engineRestarts === 0;
    return {
      shape: name,
      answer,
      answeredMs: Math.round(answeredMs),
      goneMs: Math.round(goneMs),
      others: { p50Ms: median, p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? max, count: took.length, failed },
      engineRestarts,
      verdict: shape === null || good ? 'ok' : 'NOT OK',
    };
  }

  /** The small statement; it also tells how many large ones are in the engine. */
  async function listed(on: HomeDaemon, shape: Shape | null): Promise<number> {
    const mark = shape === null ? 'no such statement' : ` '${shape.name}' AS runaway`.replaceAll("'", "\\'");
    const rows = await on.rows<{ n: string }>(
      `SELECT countIf(position(query, '${mark}') > 0 AND position(query, 'system.processes') = 0) AS n FROM system.processes`,
    );
    return Number(rows[0]?.n ?? 0);
  }
}
