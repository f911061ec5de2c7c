import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeProblem } from '../../bin/start.js';
import { runObs } from '../support/cli.ts';

const root = join(import.meta.dirname, '../..');

describe('the package as npm publishes it', () => {
  let folder: string;
  let tarball: string;
  let files: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-pack-'));
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
        cwd: root,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    ) as [{ filename: string; files: { path: string }[] }];
    tarball = join(folder, packed.filename);
    files = packed.files.map(({ path }) => path);
    execFileSync('tar', ['-xzf', tarball, '-C', folder]);
    // What npm would install beside it; fetching a few hundred megabytes of engine anew would prove nothing more.
    symlinkSync(join(root, 'node_modules'), join(folder, 'package/node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has what runs, and nothing else', () => {
    const top = [...new Set(files.map((path) => path.split('/')[0]))].toSorted();
    expect(top).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'oclif.manifest.json', 'package.json', 'templates']);
    expect(files.filter((path) => path.endsWith('.ts') || path.includes('test'))).toEqual([]);
  });

  test('is small', () => {
    expect(statSync(tarball).size).toBeLessThan(3 * 1024 * 1024);
  });

  test('runs from anywhere: version, help, a backend up and down', async () => {
    const entry = join(folder, 'package/bin/run.js');
    const env = { OBS_HOME: join(folder, 'home') };
    const run = (...args: string[]): ReturnType<typeof runObs> => runObs(args, env, '', entry);
    expect((await run('--version')).stdout).toMatch(/^obs\//);
    expect((await run('help')).stdout).toContain('COMMANDS');
    const up = await run('up', '--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0', '--json');
    expect({ code: up.code, stderr: up.stderr }).toEqual({ code: 0, stderr: '' });
    expect((await run('query', 'SELECT 1 AS one', '--format', 'ndjson')).stdout).toBe('{"one":1}\n');
    expect((await run('down', '--json')).stdout).toContain('"stopped":true');
  });
});

describe('an older Node', () => {
  test('is told in one line what is needed', () => {
    expect(nodeProblem('20.20.2', '>=22.15')).toMatch(/needs Node 22\.15 or newer and this is 20\.20\.2[^\n]*$/);
    expect(nodeProblem('22.14.0', '>=22.15')).not.toBeNull();
  });

  test.each(['22.15.0', '24.0.0', '26.1.0'])('%s is new enough', (version) => {
    expect(nodeProblem(version, '>=22.15')).toBeNull();
  });
});
