import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import { forecasting, misplaced, readSince, type ForecastFlags } from '../../src/commands/shared/forecast-flags.ts';

const why = (flags: ForecastFlags, file?: string, isPiped = false): string | undefined =>
  misplaced(file, flags, forecasting(file, flags, isPiped));
import { readKnownRange } from '../../src/commands/shared/known-range.ts';

describe('flags of obs forecast', () => {
  test.each([
    [
      'a threshold for everything',
      { all: true, above: '95' },
      /^--above is for a series of the store .* or a file, but everything/,
    ],
    ['looking back at everything', { all: true, backtest: true }, /^--backtest is for/],
    ['a threshold with no series, on a terminal', { below: '3' }, /^--below is for a series/],
    ['everything, and a series', { all: true, service: 'shop' }, /^--service is for/],
    [
      'a column of the store',
      { service: 'shop', column: ['a'] },
      /^--column is for a file, but a series of the store is named$/,
    ],
    ['a metric with a signal', { service: 'shop', metric: 'm', signal: 'p95' }, /^--signal is of a service/],
    ['a horizon of the past', { predictions: true, horizon: '6h' }, /^--horizon is for/],
    [
      'everything, and what was claimed',
      { predictions: true, all: true },
      /^--all is for a look at everything \(--all\), but earlier/,
    ],
  ] as const)('%s is refused', (_, flags, said) => {
    expect(why(flags as unknown as ForecastFlags)).toMatch(said);
  });

  test('a file that is named goes with nothing of the store; one that is piped in need not be read', () => {
    expect(why({ service: 'shop' }, 'a.csv')).toBe('a file is named, but a series of the store is named');
    expect(why({ since: '1d' }, undefined, true)).toMatch(/^--since is for a series of the store/);
    expect(why({ service: 'shop', since: '1d', above: '3' }, undefined, true)).toBeUndefined();
    expect(why({ above: '3', column: ['a'], backtest: true }, 'a.csv')).toBeUndefined();
    expect(why({ all: true, horizon: '3d' })).toBeUndefined();
    expect(why({ predictions: true, json: true })).toBeUndefined();
    expect(why({ all: false, backtest: false, predictions: false }, 'a.csv')).toBeUndefined();
  });

  test('a time before 1970 is refused', async () => {
    const now = Date.UTC(2026, 0, 1);
    const refused = await Effect.runPromise(Effect.flip(readSince('99999999d', now)));
    expect(refused).toMatchObject({
      what: 'Cannot use --since 99999999d',
      why: expect.stringContaining('before 1970'),
    });
    expect(await Effect.runPromise(Effect.flip(readKnownRange({ since: '1969-05-01' }, '1h')))).toMatchObject({
      what: 'Cannot use --since 1969-05-01',
    });
    expect(await Effect.runPromise(readKnownRange({ since: '1971-05-01', until: '1971-05-02' }, '1h'))).toEqual({
      sinceUnixMs: Date.UTC(1971, 4, 1),
      untilUnixMs: Date.UTC(1971, 4, 2),
    });
    expect(await Effect.runPromise(readSince('2d', now))).toBe(now - 2 * 86_400_000);
  });
});
