import { describe, expect, test } from 'vitest';
import { lastClosed, nextClosing, observedWindows } from '../../../../src/engine/analyze/loop/observed-windows.ts';
import type { FeatureRow } from '../../../../src/engine/domain/feature-row.ts';

const at = (second: number, service: string, marks: FeatureRow['marks'] = []): FeatureRow => ({
  timeMs: second * 1000,
  seconds: 10,
  kind: 'service',
  service,
  subject: '',
  values: { calls: marks.includes('gap') ? 0 : 5 },
  marks,
});

describe('what was observed', () => {
  test('windows come oldest first, each with its own rows', () => {
    const windows = observedWindows([at(20, 'cart'), at(10, 'cart'), at(10, 'web')]);
    expect(windows.map(({ timeMs, rows }) => [timeMs, rows.length])).toEqual([
      [10_000, 2],
      [20_000, 1],
    ]);
  });

  test('a service that sends nothing while obs was down has not fallen silent', () => {
    expect(observedWindows([at(10, 'cart'), at(20, 'cart', ['gap']), at(30, 'cart')])).toHaveLength(2);
  });

  test('but it has where obs itself, or another service, was seen', () => {
    const [window] = observedWindows([at(20, 'cart', ['gap']), at(20, 'obs')]);
    expect(window?.rows.map(({ service }) => service)).toEqual(['cart']);
  });
});

describe('when windows are closed', () => {
  test('a window is closed when what comes late has had its time', () => {
    expect(lastClosed(28_000, 8_000)).toBe(10_000);
    expect(lastClosed(27_999, 8_000)).toBe(0);
    expect(nextClosing(28_000, 8_000)).toBe(38_000);
    expect(nextClosing(37_999, 8_000)).toBe(38_000);
  });
});
