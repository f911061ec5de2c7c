import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeWindows } from '../../../../src/engine/analyze/features/close-windows.ts';
import { exportFeatures, type ExportFormat } from '../../../../src/engine/analyze/features/export/export-features.ts';
import { readRows } from '../../../../src/engine/store/read-rows.ts';
import { quoteText } from '../../../../src/engine/store/sql-text.ts';
import { openFeaturesStore, type FeaturesStore } from './features-store.ts';
import { pythonWithNumpy } from './python.ts';
import { drawTelemetry } from './telemetry.ts';

const numpy = pythonWithNumpy();

describe('features are exported', () => {
  let store: FeaturesStore;
  const folder = mkdtempSync(join(tmpdir(), 'obs-features-export-'));
  const startMs = Math.floor(Date.now() / 600_000) * 600_000 - 3_600_000;
  beforeAll(async () => {
    store = await openFeaturesStore();
    const { span, spans, gauges, point } = drawTelemetry(store, startMs);
    await spans(Array.from({ length: 45 }, (_, second) => span('web', second, { Duration: (second + 1) * 1e6 })));
    await gauges([point('wärme', 'temperature', 5, 20.5), point('wärme', 'temperature', 35, 21.5)]);
    await store.run(closeWindows(startMs + 68_000));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const query = { seconds: 10, fromMs: startMs, toMs: startMs + 60_000 } as const;
  const write = (format: ExportFormat, name: string, more: object = {}) =>
    store.any(exportFeatures({ ...query, ...more }, format, join(folder, name)));

  test.each([
    ['parquet', 'Parquet'],
    ['arrow', 'Arrow'],
  ] as const)('as %s: a row a window and subject, a column a feature', async (format, clickHouse) => {
    const written = await write(format, `features.${format}`);
    const rows = await store.any(
      readRows<Record<string, unknown>>(
        `SELECT toUnixTimestamp(time) - ${startMs / 1000} AS second, seconds, kind, service, subject, marks, calls, max_ms, value FROM file(${quoteText(written.file)}, '${clickHouse}') ORDER BY second, service, kind`,
      ),
    );
    expect(written.rows).toBe(rows.length);
    expect(
      rows
        .filter(({ kind }) => kind === 'service')
        .map((row) => [row['second'], row['calls'], row['max_ms'], row['value'], row['marks']]),
    ).toEqual([
      [0, 10, 10, null, ''],
      [10, 10, 20, null, ''],
      [20, 10, 30, null, ''],
      [30, 10, 40, null, ''],
      [40, 5, 45, null, ''],
      [50, 0, null, null, 'gap'],
    ]);
    expect(rows.find(({ subject }) => subject === 'temperature')).toMatchObject({
      service: 'wärme',
      value: 20.5,
      calls: null,
    });
  });

  test('as npz, whose entries are intact', async () => {
    const { file, subjects } = await write('npz', 'features.npz');
    const entries = unzip(readFileSync(file));
    expect([...entries.keys()].slice(0, 2)).toEqual(['times.npy', 'subjects.npy']);
    expect(entries.size).toBe(2 + 3 * subjects);
    expect(entries.get('times.npy')?.readBigInt64LE(128)).toBe(BigInt(startMs));
  });

  test.skipIf('missing' in numpy)(
    `as npz, which NumPy reads${'missing' in numpy ? ` (skipped: ${numpy.missing})` : ''}`,
    async () => {
      const { file } = await write('npz', 'numpy.npz');
      const script = `
import json, sys, numpy
z = numpy.load(sys.argv[1])
i = [list(s) for s in z['subjects']].index(['service', 'web', ''])
j = list(z[f'features_{i}']).index('max_ms')
k = [list(s) for s in z['subjects']].index(['metric', 'wärme', 'temperature'])
print(json.dumps([z['times'].tolist(), z['subjects'].shape[1], str(z[f'values_{i}'].dtype), z[f'values_{i}'].shape[0],
  [None if numpy.isnan(v) else v for v in z[f'values_{i}'][:, j].tolist()], z[f'marks_{i}'].tolist(), numpy.nanmax(z[f'values_{k}'])]))`;
      const said = execFileSync('python' in numpy ? numpy.python : 'python3', ['-c', script, file], {
        encoding: 'utf8',
      });
      expect(JSON.parse(said)).toEqual([
        [0, 1, 2, 3, 4, 5].map((step) => startMs + step * 10_000),
        3,
        'float64',
        6,
        [10, 20, 30, 40, 45, null],
        [0, 0, 0, 0, 0, 1],
        21.5,
      ]);
    },
  );

  test('not to a terminal or a device, not without rows, and a failure leaves no file behind', async () => {
    const refused = await store.any(Effect.flip(exportFeatures(query, 'parquet', '/dev/stdout')));
    expect(refused).toMatchObject({ _tag: 'BadInput', what: 'Cannot write features to /dev/stdout' });
    const empty = await store.any(
      Effect.flip(exportFeatures({ ...query, service: 'none' }, 'npz', join(folder, 'none.npz'))),
    );
    expect(empty).toMatchObject({
      what: 'No service "none" has windows of 10 s in this range',
      why: 'those that have are "web", "wärme"',
    });
    const near = await store.any(
      Effect.flip(exportFeatures({ ...query, service: 'wep' }, 'npz', join(folder, 'none.npz'))),
    );
    expect(near).toMatchObject({
      why: 'names near it are "web"',
      hint: '--service web, or another range with --since',
    });
    const early = { ...query, fromMs: 0, toMs: 60_000, service: 'none' };
    expect(await store.any(Effect.flip(exportFeatures(early, 'npz', join(folder, 'none.npz'))))).toMatchObject({
      why: expect.stringContaining('there are no closed windows of 10 s in this range'),
    });
    const nowhere = await store.any(Effect.flip(exportFeatures(query, 'npz', join(folder, 'no', 'folder.npz'))));
    expect(nowhere).toMatchObject({ _tag: 'BadInput', why: `there is no folder ${join(folder, 'no')}` });
    const long = join(folder, `${'part'.repeat(80)}.npz`);
    const unnamed = await store.any(Effect.flip(exportFeatures(query, 'npz', long)));
    expect(unnamed).toMatchObject({ _tag: 'BadInput', why: 'ENAMETOOLONG', hint: expect.stringContaining('--output') });
    expect(readdirSync(folder).filter((name) => /none|part/.test(name))).toEqual([]);
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});

/** Entries of a ZIP file by its directory, unpacked. */
function unzip(file: Buffer): Map<string, Buffer> {
  const end = file.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const entries = new Map<string, Buffer>();
  let at = file.readUInt32LE(end + 16);
  for (let left = file.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [packed, length, local] = [
      file.readUInt32LE(at + 20),
      file.readUInt16LE(at + 28),
      file.readUInt32LE(at + 42),
    ];
    const data = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const content = inflateRawSync(file.subarray(data, data + packed));
    expect(content.length).toBe(file.readUInt32LE(at + 24));
    entries.set(file.toString('utf8', at + 46, at + 46 + length), content);
    at += 46 + length;
  }
  return entries;
}
