import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { resolvePaths } from '../config/paths.ts';
import { loadSettings } from '../config/settings.ts';
import { BadInput, type ObsError } from '../domain/errors.ts';
import { ObjectStore } from '../store/archive/object-store.ts';
import type { QueryClient } from '../store/query-client.ts';
import type { ExportRange } from '../transfer/slices.ts';
import { exportParquet, type ParquetFile } from '../transfer/parquet.ts';

/**
 * Writes Parquet to `PATH.parquet` or `s3://BUCKET/KEY.parquet`; a bucket is reached as the archive's is, where one is
 * configured (endpoint, region, encryption), else as the SDK does by itself.
 */
export const parquetExport = Effect.fnUntraced(function* (
  range: ExportRange,
  to: string,
  env: Readonly<Record<string, string | undefined>>,
): Effect.fn.Return<readonly ParquetFile[], ObsError, QueryClient> {
  if (!to.endsWith('.parquet')) return yield* badTarget(to, 'its name does not end with .parquet');
  if (!to.startsWith('s3://')) return yield* exportParquet(range, { kind: 'file', path: to });
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(to);
  const [, bucket, key] = match ?? [];
  if (bucket === undefined || key === undefined) return yield* badTarget(to, 'it names no bucket and key');
  const { archive } = yield* loadSettings({}, env, resolvePaths(env), process.cwd());
  const { s3ObjectStore } = yield* Effect.promise(() => import('../store/archive/s3-object-store.ts'));
  const reach = archive ?? { endpoint: null, region: null, pathStyle: false, encryption: null };
  const scratchPath = join(tmpdir(), `obs-export-${process.pid}.parquet`);
  const work = Effect.gen(function* () {
    const store = yield* ObjectStore;
    return yield* exportParquet(range, { kind: 'object', store, key, scratchPath });
  });
  return yield* work.pipe(Effect.provide(s3ObjectStore({ ...reach, bucket })));
});

function badTarget(to: string, why: string): BadInput {
  return new BadInput({
    what: `Cannot write Parquet to ${to}`,
    why,
    hint: '--to spans.parquet, or --to s3://bucket/spans.parquet',
  });
}
