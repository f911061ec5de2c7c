import { describe, expect, test } from 'vitest';
import { progressOn } from '../../../src/engine/demo/progress.ts';

function recorder(options: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = [];
  return { written, progress: progressOn({ ...options, write: (text) => written.push(text) }) };
}

describe('progress', () => {
  test('in a pipe: only steps, one line each', () => {
    const { written, progress } = recorder({});
    progress.status('working');
    progress.step('done');
    progress.clear();
    expect(written).toEqual(['done\n']);
  });

  test('in a terminal: a line that is rewritten, and gone before a step', () => {
    const { written, progress } = recorder({ isTTY: true, columns: 80 });
    progress.status('working');
    progress.step('done');
    expect(written.join('')).toBe('\r\u001b[2Kworking\r\u001b[2Kdone\n');
  });

  test('a status never wraps into a second line', () => {
    const { written, progress } = recorder({ isTTY: true, columns: 30 });
    progress.status('x'.repeat(100));
    expect(written[0]).toBe(`\r\u001b[2K${'x'.repeat(28)}…`);
  });
});
