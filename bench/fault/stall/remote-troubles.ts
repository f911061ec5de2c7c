import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Effect, Exit, Layer, Scope } from 'effect';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { startTestDaemon } from '../../../test/support/daemon-fixture.ts';
import { type ProxyMode, startClickHouseProxy } from './clickhouse-proxy.ts';
import { judgeDaemon, newLedger, type StallVerdict, startLoad } from './steady-load.ts';

export interface RemoteTroubles extends StallVerdict {
  readonly phases: number;
  readonly troubledRequests: number;
  /** Spans loaded while the logs' table was refused: other tables go on. */
  readonly spansLoadedBesides: number;
  /** Rows acknowledged while the server was down. */
  readonly acknowledgedWhileDown: number;
}

const allTroubles: readonly ProxyMode[] = ['down', 'slow', 'lost-answers', 'down', 'refuse-table', 'lost-answers'];

const mostBesidesMs = 20_000;

/**
 * The daemon on a remote ClickHouse behind a proxy that goes down, is slow, loses answers and refuses a table in turn,
 * with quiet times between. Our own endpoint in its writable mode stands in for the server: the same engine, the same
 * HTTP interface.
 */
export async function troubleRemote(phaseMs: number, troubles = allTroubles): Promise<RemoteTroubles> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-fault-stall-'));
  const scope = Scope.makeUnsafe();
  const server = await Effect.runPromise(
    Effect.gen(function* () {
      const store = yield* Layer.build(embeddedStore({ path: join(folder, 'store') }));
      const endpoint = startQueryEndpoint({ host: '127.0.0.1', port: 0, writable: true });
      return yield* endpoint.pipe(Effect.provideContext(store));
    }).pipe(Scope.provide(scope)),
  );
  const spansStored = async (): Promise<number> => {
    const sql = 'SELECT count() FROM otel_traces FORMAT TSV';
    return Number(await (await fetch(`${server.url}/?query=${encodeURIComponent(sql)}`)).text());
  };
  const proxy = await startClickHouseProxy(server.url, { slowMs: 1000, refusedTable: 'otel_logs' });
  try {
    await using daemon = await startTestDaemon(undefined, { clickhouse: proxy.url });
    const ledger = newLedger();
    const load = startLoad(daemon, ledger, { senders: 4, rows: 40, pauseMs: 20 });
    let spansLoadedBesides = 0;
    let acknowledgedWhileDown = 0;
    for (const mode of troubles) {
      await sleep(phaseMs / 3);
      const acknowledged = load.acknowledgedRows;
      const spans = await spansStored();
      proxy.mode = mode;
      await sleep(phaseMs);
      if (mode === 'refuse-table') {
        // A machine that is busy otherwise may load nothing within the phase, whichever table is refused.
        const giveUpAt = Date.now() + mostBesidesMs;
        while ((await spansStored()) === spans && Date.now() < giveUpAt) await sleep(200);
        spansLoadedBesides += (await spansStored()) - spans;
      }
      if (mode === 'down') acknowledgedWhileDown += load.acknowledgedRows - acknowledged;
      proxy.mode = 'pass';
    }
    await load.stop();
    const verdict = await judgeDaemon(daemon, ledger, ['otel_traces']);
    return {
      phases: troubles.length,
      troubledRequests: proxy.troubled,
      spansLoadedBesides,
      acknowledgedWhileDown,
      ...verdict,
    };
  } finally {
    await proxy.close();
    await Effect.runPromise(Scope.close(scope, Exit.void));
    rmSync(folder, { recursive: true, force: true });
  }
}
