import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runObs } from '../support/cli.ts';

const hasFish = spawnSync('fish', ['--version']).status === 0;

describe('completion', () => {
  test('the fish script names every command and its flags', async () => {
    const { stdout, code } = await runObs(['autocomplete', 'fish'], {});
    expect(code).toBe(0);
    for (const command of ['up', 'down', 'status', 'doctor', 'demo', 'query', 'logs', 'traces', 'watch', 'explain']) {
      expect(stdout).toContain(`-a ${command} -d `);
    }
    expect(stdout).toContain("'__fish_seen_subcommand_from up' -l otlp-grpc-port -x");
  });

  test.skipIf(!hasFish)('fish itself completes with it (skipped where fish is not installed)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'obs-fish-'));
    try {
      const script = join(folder, 'obs.fish');
      writeFileSync(script, (await runObs(['autocomplete', 'fish'], {})).stdout);
      const complete = (line: string): string[] =>
        execFileSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], { encoding: 'utf8' })
          .trim()
          .split('\n')
          .map((row) => row.split('\t')[0] ?? '');
      expect(complete('obs st')).toEqual(['status', 'storage']);
      expect(complete('obs watch --ro')).toContain('--role');
      expect(complete('obs export --signal ')).toEqual(expect.arrayContaining(['traces', 'logs', 'metrics']));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(['bash', 'zsh'])('%s is set up by oclif', async (shell) => {
    const folder = mkdtempSync(join(tmpdir(), 'obs-complete-'));
    try {
      const ran = await runObs(['autocomplete', shell], {
        HOME: folder,
        XDG_CACHE_HOME: folder,
        XDG_DATA_HOME: folder,
      });
      expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`obs autocomplete script ${shell}`) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
