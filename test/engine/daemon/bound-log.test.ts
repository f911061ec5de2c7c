import { appendFileSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cutWhenLarge } from '../../../src/engine/daemon/bound-log.ts';

test('a log over its size is cut while it is written to, and what it held stays beside it once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'obs-log-'));
  const path = join(folder, 'daemon.log');
  const writer = openSync(path, 'a');
  try {
    writeSync(writer, 'one\n');
    cutWhenLarge(path, 4);
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    appendFileSync(path, 'two\n');
    cutWhenLarge(path, 4);
    writeSync(writer, 'three\n');
    expect(readFileSync(path, 'utf8')).toBe('three\n');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\ntwo\n');
    cutWhenLarge(join(folder, 'none'), 4);
  } finally {
    closeSync(writer);
    rmSync(folder, { recursive: true });
  }
});
