import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Config, type Command } from '@oclif/core';
import { describe, expect, test } from 'vitest';
import { commandReference } from '../../.ci/docs/command-reference.ts';
import { schemaReference } from '../../.ci/docs/schema-reference.ts';
import { sizingPage } from '../../.ci/docs/sizing-page.ts';
import { defaultSettings, settingVariables } from '../../src/engine/config/settings.ts';

/** Every command has these; `obs help` and docs/commands.md tell of them once. */
const commonToAll = new Set(['json', 'no-color']);

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The commands of obs itself, as the built program knows them. */
async function ownCommands(): Promise<readonly Command.Loadable[]> {
  const config = await Config.load({ root });
  return config.commands.filter(({ pluginName, hidden }) => pluginName === config.name && hidden !== true);
}

describe('docs say what the code does', () => {
  test('every command and flag is in docs/commands.md as it is (else: npm run build && npm run docs)', async () => {
    expect(read('docs/commands.md')).toBe(await commandReference(root));
  });

  test('every table and column is in docs/schema.md as it is (else: npm run docs)', () => {
    expect(read('docs/schema.md')).toBe(schemaReference());
  });

  test('the sizing table is what the measured figures give (else: npm run docs)', () => {
    expect(read('docs/sizing.md')).toBe(sizingPage());
  });

  test('every environment variable of settings and flags, and every default, is in docs/configuration.md', async () => {
    const page = read('docs/configuration.md');
    const flags = (await ownCommands()).flatMap((command) => Object.values(command.flags));
    const ofFlags = flags.flatMap((flag) => (flag.type === 'option' && flag.env !== undefined ? [flag.env] : []));
    expect(ofFlags).toContain('OBS_ROLE');
    const missing = [...Object.keys(settingVariables), ...ofFlags].filter((name) => !page.includes(`\`${name}\``));
    expect(missing).toEqual([]);
    const { otlpGrpcPort, otlpHttpPort, queryPort, retentionDays } = defaultSettings;
    for (const number of [otlpGrpcPort, otlpHttpPort, queryPort]) expect(page).toContain(`: ${number}`);
    expect(page).toContain(
      `{ traces: ${retentionDays.traces}, logs: ${retentionDays.logs}, metrics: ${retentionDays.metrics} }`,
    );
  });

  test('every flag says what it is for, and how its value looks or how it is used', async () => {
    const unclear = (await ownCommands()).flatMap((command) => {
      const examples = (command.examples ?? []).map(String).join('\n');
      return Object.values(command.flags)
        .filter(({ name }) => !commonToAll.has(name))
        .filter((flag) => {
          const isShown = [`--${flag.name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])].some((form) =>
            examples.split(/[\s"=]+/).includes(form),
          );
          const hasShape = flag.type === 'option' && (flag.helpValue !== undefined || (flag.options ?? []).length > 0);
          return (flag.description ?? '') === '' || !(isShown || hasShape);
        })
        .map((flag) => `obs ${command.id} --${flag.name}`);
    });
    expect(unclear).toEqual([]);
  });

  test('every package is explained in docs/dependencies.md, and no other', () => {
    const manifest = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const [installed = ''] = read('docs/dependencies.md').split('Written by ourselves');
    const rows = installed.split('\n').filter((line) => line.startsWith('| `'));
    const explained = rows.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]),
    );
    const wanted = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(explained.toSorted()).toEqual(wanted.toSorted());
  });

  test('every version is pinned exactly', () => {
    const manifest = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('every link between pages leads somewhere', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', ...globSync('docs/**/*.md', { cwd: root })];
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test('what the pages name as a file of the tree is there', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'docs/architecture.md'];
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:src|test|bench|bin|\.ci)\/[\w./-]+)`/g)].map((m) => m[1] ?? ''),
    );
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
