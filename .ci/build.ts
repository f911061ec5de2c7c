/**
 * Bundles the program into `dist/`. A bundle, because a command-line tool is started a thousand times: one file with
 * what it needs loads in a fraction of the time that a few hundred modules take. Packages with native parts, oclif
 * (which finds its plugins by package) and the OpenTelemetry SDK (which patches modules) stay outside.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Plugin } from '@oclif/core';
import { build } from 'esbuild';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
const bundled = new Set(['effect', 'ink', 'react', 'asciichart', 'string-width', 'yaml', '@clickhouse/client']);
const external = Object.keys(manifest.dependencies).filter((name) => !bundled.has(name));

rmSync('dist', { recursive: true, force: true });
rmSync('oclif.manifest.json', { force: true });

const same = (file: string): { in: string; out: string } => ({
  in: file,
  out: file.replace(/^src\//, '').replace(/\.ts$/, ''),
});
const entryPoints = [
  ...globSync('src/commands/{*,archive/*,autocomplete/*,change/*,features/*,incidents/*,models/*,storage/*}.ts').map(
    same,
  ),
  ...globSync('src/engine/daemon/*-main.ts').map(same),
  ...globSync('src/engine/demo/shop/*-main.ts').map(same),
  // Not below commands/, where oclif would take it for one.
  { in: 'src/commands/shared/unknown-command.ts', out: 'hooks/unknown-command' },
];

await build({
  entryPoints,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  external: [...external, 'react-devtools-core'],
  chunkNames: 'chunks/[name]-[hash]',
  jsx: 'automatic',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Bundled CommonJS packages expect these.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// With a manifest oclif loads the one command that is asked for; without it, all of them.
const plugin = new Plugin({ errorOnManifestCreate: true, ignoreManifest: true, root: process.cwd(), type: 'core' });
await plugin.load();
writeFileSync('oclif.manifest.json', `${JSON.stringify(plugin.manifest)}\n`);
