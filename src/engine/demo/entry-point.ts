import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file that starts a service of the shop. This module runs as a source below `src/` or within a bundle or chunk
 * somewhere below `dist/`; in both, the services lie at `engine/demo/shop` below that root.
 */
export function serviceEntryPoint(service: string, from: string = import.meta.url): string {
  for (let folder = dirname(fileURLToPath(from)); folder !== dirname(folder); folder = dirname(folder)) {
    for (const extension of ['js', 'ts']) {
      const file = join(folder, 'engine', 'demo', 'shop', `${service}-main.${extension}`);
      if (existsSync(file)) return file;
    }
  }
  throw new Error(`the program ${service}-main of the demo is missing beside ${from}`);
}
