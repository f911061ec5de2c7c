import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { serviceEntryPoint } from '../../../src/engine/demo/entry-point.ts';
import { serviceNames } from '../../../src/engine/demo/shop/service-protocol.ts';

test('as sources, each service has a program', () => {
  for (const service of serviceNames)
    expect(serviceEntryPoint(service)).toMatch(`/src/engine/demo/shop/${service}-main.ts`);
});

test('built, it is found from a command and from a chunk alike', () => {
  const root = mkdtempSync(join(tmpdir(), 'obs-entry-'));
  const built = join(root, 'dist', 'engine', 'demo', 'shop');
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, 'web-main.js'), '');
  for (const from of ['commands/demo.js', 'chunks/run-demo-ABC.js', 'engine/demo/shop/cart-main.js']) {
    expect(serviceEntryPoint('web', pathToFileURL(join(root, 'dist', from)).href)).toBe(join(built, 'web-main.js'));
  }
  expect(() => serviceEntryPoint('bank', pathToFileURL(join(root, 'dist', 'x.js')).href)).toThrow('bank-main');
  rmSync(root, { recursive: true });
});
