import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeProblem } from '../../bin/start.js';

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
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has what runs, and nothing else', () => {
    const top = [...new Set(files.map((path) => path.split('/')[0]))].toSorted();
    expect(top).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'oclif.manifest.json', 'package.json', 'templates']);
    expect(files.filter((path) => path.endsWith('.ts') || path.includes('test'))).toEqual([]);
  });

  test('is small', () => {
    expect(statSync(tarball).size).toBeLessThan(3 * 1024 * 1024);
  });

  test('installs globally and runs: version, help, a backend up and down', ({ skip }) => {
    const prefix = join(folder, 'global');
    const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=2000'];
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', ...patience];
    const install = spawnSync('npm', ['install', '-g', '--prefix', prefix, ...flags, tarball], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 120_000,
    });
    const isUnreachable = install.error !== undefined || noRegistry.test(install.stderr);
    skip(install.status !== 0 && isUnreachable, 'npm reaches no registry to install the dependencies from');
    expect(install.status, install.stderr).toBe(0);
    expect(existsSync(join(prefix, 'lib/node_modules/obs/node_modules/vitest'))).toBe(false);
    expectToWork([join(prefix, 'bin/obs')], join(folder, 'home'));
  }, 180_000);

  test('runs beside its dependencies alone, those for development left out', () => {
    execFileSync('tar', ['-xzf', tarball, '-C', folder]);
    linkDependencies(join(folder, 'package'));
    expectToWork([process.execPath, join(folder, 'package/bin/run.js')], join(folder, 'home-linked'));
  }, 60_000);
});

const noRegistry =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT)\b/;

/** Runs the program in a pipe, with this Node first on the path for who starts it by its name. */
function expectToWork([program, ...first]: readonly [string, ...string[]], home: string): void {
  const env = { OBS_HOME: home, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
  const run = (...args: readonly string[]): { code: number | null; stdout: string; stderr: string } => {
    const { status, stdout, stderr } = spawnSync(program, [...first, ...args], { env, encoding: 'utf8', input: '' });
    return { code: status, stdout, stderr };
  };
  expect(run('--version').stdout).toMatch(/^obs\//);
  expect(run('help').stdout).toContain('COMMANDS');
  try {
    const up = run('up', '--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0', '--json');
    expect({ code: up.code, stderr: up.stderr }).toEqual({ code: 0, stderr: '' });
    expect(run('query', 'SELECT 1 AS one', '--format', 'ndjson').stdout).toBe('{"one":1}\n');
  } finally {
    expect(run('down', '--json').stdout).toContain('"stopped":true');
  }
}

/** Links the packages that the lockfile does not mark as for development into a tree of their own. */
function linkDependencies(into: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    // What lies within a package comes with it.
    const isTop = path.lastIndexOf('node_modules/') === 0;
    if (!isTop || dev === true || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(into, path)), { recursive: true });
    symlinkSync(join(root, path), join(into, path));
  }
}

describe('an older Node', () => {
  test('is told in one line what is needed', () => {
    expect(nodeProblem('20.20.2', '>=22.15')).toMatch(/needs Node 22\.15 or newer and this is 20\.20\.2[^\n]*$/);
    expect(nodeProblem('22.14.0', '>=22.15')).not.toBeNull();
  });

  test.each(['22.15.0', '24.0.0', '26.1.0'])('%s is new enough', (version) => {
    expect(nodeProblem(version, '>=22.15')).toBeNull();
  });
});
