import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredShop } from './run-explained-shop.ts';

/** The daemon's folder in a recording. */
export function homeOfRecording(folder: string): string {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return home;
}

const shopsIn = (folder: string): string => join(folder, 'shops.jsonl');

export function addToRecording(folder: string, shop: StoredShop): void {
  appendFileSync(shopsIn(folder), `${JSON.stringify(shop)}\n`);
}

/** Every shop whose telemetry lies in the recording. */
export const readRecording = (folder: string): readonly StoredShop[] =>
  readFileSync(shopsIn(folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StoredShop);
