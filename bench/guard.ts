import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { embeddedStore } from '../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../src/engine/store/endpoint/query-endpoint.ts';
import { guardStatement } from '../src/engine/store/guard/guard-statement.ts';
import { migrate } from '../src/engine/store/migrate.ts';

/** What the guard adds to a statement that comes for the first time, and to one that comes again: `node bench/guard.ts`. */
const statements = {
  short: (n: number): string => `SELECT count() FROM otel_traces WHERE Duration > ${n}`,
  dashboard: (n: number): string =>
    `WITH t AS (SELECT ServiceName, quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(DurationQuantiles) AS q, sum(Calls) AS c, sum(Errors) AS e FROM obs_red_10s WHERE Time > now() - INTERVAL ${n} MINUTE GROUP BY ServiceName) SELECT ServiceName, q[2] AS p95, c / 60 AS rate, if(c = 0, 0, e / c) AS ratio FROM t WHERE ServiceName IN ('a', 'b', 'c') ORDER BY rate DESC LIMIT 100`,
};
const warmUp = 20;
const rounds = 300;

function line(what: string, milliseconds: number[]): string {
  const sorted = milliseconds.slice(warmUp).sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(sorted.length * share)]!.toFixed(3);
  return `${what.padEnd(34)} median ${at(0.5)} ms   p95 ${at(0.95)} ms`;
}

async function timed(into: number[], work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  into.push(performance.now() - start);
}

const measure = Effect.gen(function* () {
  yield* migrate;
  const context = yield* Effect.context<Effect.Services<typeof migrate>>();
  const run = Effect.runPromiseWith(context);
  const { url } = yield* startQueryEndpoint({ host: '127.0.0.1', port: 0 });
  for (const [name, statement] of Object.entries(statements)) {
    const first: number[] = [];
    const again: number[] = [];
    yield* Effect.promise(async () => {
      for (let n = 0; n < rounds; n += 1) {
        await timed(first, () => run(guardStatement(statement(n))));
        await timed(again, () => run(guardStatement(statement(n))));
      }
    });
    console.log(line(`guard, ${name}, first time`, first));
    console.log(line(`guard, ${name}, again`, again));
  }
  const requests: number[] = [];
  yield* Effect.promise(async () => {
    for (let n = 0; n < rounds; n += 1) {
      await timed(requests, async () => (await fetch(url, { method: 'POST', body: 'SELECT 1' })).text());
    }
  });
  console.log(line('whole request, SELECT 1', requests));
});

const path = mkdtempSync(join(tmpdir(), 'obs-bench-guard-'));
try {
  await Effect.runPromise(Effect.scoped(measure).pipe(Effect.provide(embeddedStore({ path }))));
} finally {
  rmSync(path, { recursive: true, force: true });
}
