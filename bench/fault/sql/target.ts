import { request } from 'node:http';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Exit, Layer, ManagedRuntime, Scope } from 'effect';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../../../src/engine/store/endpoint/query-endpoint.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { type Canaries, canaryTables, givesOut, setCanaries } from './canaries.ts';

/** A request to the endpoint. */
export interface Tried {
  readonly sql: string;
  /** Further parameters of the URL: settings, `param_…`, `database`, `default_format`. */
  readonly url?: Readonly<Record<string, string>>;
}

export interface Result {
  readonly status: number;
  readonly body: string;
  /** Which canaries it reached; none, if the endpoint keeps its promise. */
  readonly reached: readonly string[];
}

export interface SqlTarget extends AsyncDisposable {
  readonly canaries: Canaries;
  /** Through the endpoint as everybody has it. */
  ask(tried: Tried): Promise<Result>;
  /** Straight to the engine: what would have happened without a guard. */
  askEngine(sql: string): Promise<Result>;
  /** One column of the engine's own tables. */
  list(sql: string): Promise<readonly string[]>;
  /** Tables, rows and files of the store, to compare before and after. */
  snapshot(): Promise<string>;
}

/** A real engine with the real schema and canaries around it, behind the real endpoint. */
export async function startSqlTarget(): Promise<SqlTarget> {
  const canaries = await setCanaries();
  const path = mkdtempSync(join(tmpdir(), 'obs-sql-'));
  const former = process.cwd();
  process.chdir(canaries.folder);
  const runtime = ManagedRuntime.make(embeddedStore({ path }).pipe(Layer.orDie));
  await runtime.runPromise(migrate);
  process.chdir(former);
  const engine = (sql: string): Promise<string> =>
    runtime.runPromise(
      Effect.flatMap(Store, (store) =>
        store.run({ sql, format: 'TSVRaw', settings: { max_execution_time: 5, http_max_tries: 1 } }),
      ).pipe(Effect.map(({ body }) => Buffer.from(body).toString('latin1'))),
    );
  for (const sql of canaryTables(canaries)) await engine(sql);
  const scope = Scope.makeUnsafe();
  const endpoint = await runtime.runPromise(
    startQueryEndpoint({ host: '127.0.0.1', port: 0 }).pipe(Effect.provideService(Scope.Scope, scope)),
  );
  canaries.touched();
  const judge = (status: number, body: string, passed: boolean): Result => {
    const reached = [...canaries.touched(), ...(passed && givesOut(body) ? ['gave out the secret'] : [])];
    return { status, body, reached };
  };
  const list = async (sql: string): Promise<readonly string[]> =>
    (await engine(sql)).split('\n').filter((line) => line !== '');

  return {
    canaries,
    ask: async ({ sql, url = {} }) => {
      const { status, body } = await post(`${endpoint.url}/?${new URLSearchParams(url)}`, sql);
      // A refusal may repeat what was sent, and the secret is never sent.
      return judge(status, body, true);
    },
    askEngine: async (sql) => {
      const body = await engine(sql).catch((error: unknown) => String(error));
      return judge(0, body, true);
    },
    list,
    snapshot: async () => {
      const tables = await list(
        "SELECT database || '.' || name || ' ' || toString(ifNull(total_rows, 0)) FROM system.tables WHERE database NOT IN ('system') ORDER BY 1",
      );
      const files = globSync('**', { cwd: path })
        .filter((name) => statSync(join(path, name), { throwIfNoEntry: false })?.isFile() === true)
        .filter((name) => !/^(?:tmp|status|preprocessed_configs)/.test(name))
        // The engine merges parts by itself; their rows are counted above.
        .map((name) => name.replace(/^(store\/[^/]+\/[^/]+)\/.*$/, '$1/…'));
      return [...tables, ...[...new Set(files)].toSorted(), ...canaries.newFiles().map((name) => `new: ${name}`)].join(
        '\n',
      );
    },
    [Symbol.asyncDispose]: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void));
      await runtime.dispose();
      await canaries[Symbol.asyncDispose]();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function post(url: string, sql: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') }),
      );
    });
    asked.once('error', reject);
    asked.end(sql);
  });
}
