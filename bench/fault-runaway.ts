/**
 * `npm run fault:runaway -- [--limit 2] [--json]`: runs statements that ask for more than they may have, each with a time
 * limit, one after the other, and all of them at once; small statements are asked all the while. Prints when each was
 * answered and when it had left the engine, and how long the small ones took.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type HomeDaemon, startDaemonAt } from './fault/home-daemon.ts';
import { type Shape, shapes } from './fault/runaway-shapes.ts';
import { printTable, summary } from './support/report.ts';

const { values } = parseArgs({ options: { limit: { type: 'string', default: '2' }, json: { type: 'boolean' } } });
const limitSeconds = Number(values.limit);
const allowedMs = (limitSeconds + 1) * 1000;

interface Outcome {
  readonly shape: string;
  readonly answer: string;
  readonly answeredMs: number;
  /** When it was in the engine's list of statements for the last time. */
  readonly goneMs: number;
  readonly others: { readonly p50Ms: number; readonly p95Ms: number; readonly count: number; readonly failed: number };
  readonly engineRestarts: number;
  readonly verdict: string;
}

const folder = mkdtempSync(join(tmpdir(), 'obs-runaway-'));
cpSync(new URL('../LICENSE', import.meta.url), join(folder, 'LICENSE'));
const daemon = await startDaemonAt(folder);
const outcomes: Outcome[] = [];
try {
  outcomes.push(
    await observe('nothing beside it (baseline)', async () => (await sleep(limitSeconds * 1000), 'none'), null),
  );
  for (const shape of shapes) outcomes.push(await observe(shape.name, () => ask(shape), shape));
  const hangUp = shapes[1]!;
  outcomes.push(
    await observe('sender hangs up after 0.5 s', () => ask(hangUp, AbortSignal.timeout(500)), hangUp, 1500),
  );
  const eight = shapes.slice(0, 6);
  outcomes.push(
    await observe(
      'six of them at once',
      async () => (await Promise.all(eight.map((shape) => ask(shape)))).join(' '),
      eight[0]!,
    ),
  );
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
): Promise<Outcome> {
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
  const good = Math.max(answeredMs, goneMs) <= allowed && failed === 0 && engineRestarts === 0;
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

if (values.json === true) console.log(JSON.stringify({ limitSeconds, outcomes }, null, 2));
else {
  printTable(
    ['statement', 'answer', 'answered ms', 'gone ms', 'others p50', 'p95 ms', 'asked', 'failed', 'restarts', 'verdict'],
    outcomes.map((o) => [
      o.shape,
      o.answer,
      String(o.answeredMs),
      String(o.goneMs),
      o.others.p50Ms.toFixed(1),
      o.others.p95Ms.toFixed(1),
      String(o.others.count),
      String(o.others.failed),
      String(o.engineRestarts),
      o.verdict,
    ]),
  );
}
if (outcomes.some(({ verdict }) => verdict !== 'ok')) process.exitCode = 1;
