import { fileURLToPath } from 'node:url';

/** The programs that obs starts as processes of their own. */
export type EntryPoint = 'daemon-main' | 'engine-main' | 'analyzer-main' | 'train-main';

/**
 * The file to start: a bundle next to this one's bundle when built, the source itself (Node strips its types) in tests.
 * Bundles and their chunks lie somewhere below `dist/`, sources below `src/`.
 */
export function entryPoint(name: EntryPoint): string {
  const here = fileURLToPath(import.meta.url);
  const dist = here.lastIndexOf('/dist/');
  return here.endsWith('.js') && dist !== -1
    ? `${here.slice(0, dist)}/dist/engine/daemon/${name}.js`
    : fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
}
