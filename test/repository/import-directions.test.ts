import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

/**
 * Imports go one way: `bin → commands → tui → engine`. Inside the engine everything may use `domain`, and each part
 * only what lies below it; `daemon` alone composes. docs/architecture.md shows the same as a picture.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  net: ['domain'],
  config: ['domain'],
  otlp: ['domain'],
  spool: ['domain', 'otlp', 'store'],
  store: ['domain', 'config', 'net'],
  receive: ['domain', 'net', 'otlp', 'spool'],
  cause: ['domain'],
  analyze: ['domain', 'store', 'search', 'config', 'cause'],
  explain: ['domain', 'store', 'cause'],
  transfer: ['domain', 'net', 'otlp', 'store'],
  search: ['domain', 'store'],
  replay: ['domain', 'otlp', 'spool', 'store'],
  demo: ['domain', 'store', 'explain'],
  daemon: ['domain', 'net', 'config', 'otlp', 'spool', 'store', 'receive', 'transfer', 'replay', 'analyze'],
};

/** What the demo and the doctor need of the daemon: to start one and to ask it. */
const alsoAllowed: Readonly<Record<string, readonly string[]>> = {
  demo: ['daemon/launch.ts', 'daemon/run-state.ts', 'daemon/query-access.ts', 'config/paths.ts', 'config/settings.ts'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

const root = join(import.meta.dirname, '../..');

function importsUnder(folder: string): Import[] {
  return globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    return specifiers.map((specifier) => ({
      from: file.split(sep).join('/'),
      to: specifier.startsWith('.')
        ? relative(root, join(root, dirname(file), specifier))
            .split(sep)
            .join('/')
        : specifier,
    }));
  });
}

describe('imports go one way', () => {
  test('the engine knows nothing of oclif, Ink, React, the commands or the TUI', () => {
    const wrong = importsUnder('src/engine').filter(
      ({ to }) => /^(@oclif|ink|react)\b/.test(to) || to.startsWith('src/commands') || to.startsWith('src/tui'),
    );
    expect(wrong).toEqual([]);
  });

  test('the TUI alone knows Ink and React, and knows nothing of oclif or the commands', () => {
    const outside = importsUnder('src').filter(
      ({ from, to }) => /^(ink|react)(\/|$)/.test(to) && !from.startsWith('src/tui/'),
    );
    const upwards = importsUnder('src/tui').filter(
      ({ to }) => to.startsWith('@oclif') || to.startsWith('src/commands'),
    );
    expect([...outside, ...upwards]).toEqual([]);
  });

  test('only bridge.ts joins the TUI with engine effects', () => {
    const effectful = importsUnder('src/tui').filter(
      ({ from, to }) => to === 'effect' && !/src\/tui\/bridge(\.ts|\/)/.test(from),
    );
    expect(effectful).toEqual([]);
  });

  test('inside the engine each part imports only what lies below it', () => {
    const part = (path: string): string => path.split('/')[2] ?? '';
    const wrong = importsUnder('src/engine').filter(({ from, to }) => {
      if (!to.startsWith('src/engine/') || part(from) === part(to)) return false;
      const allowed = mayImport[part(from)];
      if (allowed === undefined) return true;
      return !allowed.includes(part(to)) && !(alsoAllowed[part(from)] ?? []).includes(to.replace('src/engine/', ''));
    });
    expect(wrong).toEqual([]);
  });

  test('every part of the engine has its place in the order', () => {
    const parts = new Set(globSync('src/engine/*/**/*.ts', { cwd: root }).map((file) => file.split(sep)[2]));
    expect([...parts].filter((name) => name !== undefined && mayImport[name] === undefined)).toEqual([]);
  });

  test('no file of the program is longer than a person reads in one go', () => {
    const long = globSync('src/**/*.{ts,tsx}', { cwd: root }).filter(
      (file) => readFileSync(join(root, file), 'utf8').split('\n').length > 350,
    );
    expect(long).toEqual([]);
  });
});
