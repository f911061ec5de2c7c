import { describe, expect, test } from 'vitest';
import type { Window } from '../../../../src/engine/explain/onset.ts';
import { trafficChange } from '../../../../src/engine/explain/range/traffic.ts';

/** Windows of 10 s from `from` on, with so many calls each. */
const windows = (calls: readonly number[], from: number): Window[] =>
  calls.map((count, n) => ({
    service: 'web',
    kind: 'Server',
    operation: 'GET /',
    time: from + n * 10,
    calls: count,
    errors: 0,
    meanMs: 20,
  }));
const usual = windows(
  Array.from({ length: 60 }, (_, n) => 55 + ((n * 37) % 11)),
  0,
);
const asked = { fromSeconds: 600, toSeconds: 720 };

describe('how often an operation is called', () => {
  test('that it is not any more, within the time, is told with when it ended', () => {
    expect(trafficChange(usual, windows([60, 58, 61, 60, 12], 600), asked, 10)).toMatchObject({
      fromSeconds: 650,
      toSeconds: 720,
      calls: 0,
      present: 0,
    });
  });

  test('that it was not at all', () => {
    expect(trafficChange(usual, [], asked, 10)).toMatchObject({ fromSeconds: 600, present: 0 });
  });

  test('that it is far more often, from some window on', () => {
    const many = [60, 58, 61, 60, ...Array.from({ length: 8 }, () => 400)];
    expect(trafficChange(usual, windows(many, 600), asked, 10)).toMatchObject({ fromSeconds: 640, present: 40 });
  });

  test('beside a usual time that lies after it, too', () => {
    const later = windows(
      Array.from({ length: 20 }, () => 60),
      2000,
    );
    expect(
      trafficChange(
        later,
        windows(
          Array.from({ length: 12 }, () => 600),
          600,
        ),
        asked,
        10,
      ),
    ).toMatchObject({
      usual: 6,
      present: 60,
    });
  });

  test('its usual ups and downs are not', () => {
    expect(trafficChange(usual, windows([60, 40, 75, 50, 90, 60, 45, 70, 60, 60, 50, 64], 600), asked, 10)).toBeNull();
  });

  test('one window without calls is a pause', () => {
    expect(
      trafficChange(
        usual,
        windows(
          Array.from({ length: 11 }, () => 60),
          600,
        ),
        asked,
        10,
      ),
    ).toBeNull();
  });

  test('of one that is called now and then nothing can be told', () => {
    const rare = windows(
      Array.from({ length: 60 }, (_, n) => Number(n % 6 === 0)),
      0,
    ).filter(({ calls }) => calls > 0);
    expect(trafficChange(rare, [], asked, 10)).toBeNull();
  });
});
