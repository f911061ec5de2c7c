import { describe, expect, test } from 'vitest';
import {
  historyOf,
  logGamma,
  surpriseOfChiSquared,
  surpriseOfComing,
  surpriseOfCount,
} from '../../../../src/engine/analyze/meeting/changes/surprise.ts';
import { createLogMiners } from '../../../../src/engine/analyze/meeting/logs/log-miners.ts';
import { newHistory, takeValue, valuesOfGroup } from '../../../../src/engine/analyze/meeting/logs/parameters.ts';
import type { LogGroup } from '../../../../src/engine/analyze/meeting/logs/read-groups.ts';
import { createServiceMiner } from '../../../../src/engine/analyze/meeting/logs/service-miner.ts';
import { createTemplateIndex, likeOf, templateOf } from '../../../../src/engine/analyze/meeting/logs/template-match.ts';
import { readState, stateVersion, writeState } from '../../../../src/engine/analyze/meeting/state-text.ts';
import { separationOf } from '../../../../src/engine/analyze/meeting/traces/information.ts';
import { splitDurations } from '../../../../src/engine/analyze/meeting/traces/split-durations.ts';
import { limits } from '../../../../src/engine/domain/limits.ts';

const group = (message: string, lines: number, total = lines): LogGroup => ({
  service: 's',
  lines,
  errors: 0,
  severity: 9,
  firstMs: 1000,
  lastMs: 2000,
  message,
  lows: [],
  highs: [],
  total,
});

describe('how surprising a count is', () => {
  test('the tails are those of the Poisson and the negative binomial distribution', () => {
    // P(X ≥ 10) of Poisson 3 is 0.0011025, twice that for both sides.
    expect(surpriseOfCount(10, { mean: 3, spread: 1 })).toBeCloseTo(-Math.log10(2 * 0.0011025), 3);
    // P(X = 0) of Poisson 5.
    expect(surpriseOfCount(0, { mean: 5, spread: 1 })).toBeCloseTo(-Math.log10(2 * Math.exp(-5)), 6);
    // P(X = 0) = spread^(−mean / (spread − 1)).
    expect(surpriseOfCount(0, { mean: 6, spread: 3 })).toBeCloseTo(-Math.log10(2 * 3 ** -3), 6);
    expect(surpriseOfCount(1_000_000, { mean: 100, spread: 4 })).toBe(30);
    expect(logGamma(10)).toBeCloseTo(Math.log(362_880), 9);
    expect(surpriseOfChiSquared(3.841459)).toBeCloseTo(-Math.log10(0.05), 4);
    expect(surpriseOfChiSquared(60)).toBeCloseTo(14.02, 1);
  });

  test('a rate that always wandered may wander, one that was steady may not', () => {
    const steady = historyOf(40, 4000, 40 * 100 ** 2);
    const wandering = historyOf(40, 4000, 20 * 20 ** 2 + 20 * 180 ** 2);
    expect(surpriseOfCount(180, steady)).toBeGreaterThan(4);
    expect(surpriseOfCount(180, wandering)).toBeLessThan(1);
  });

  test('what comes every hour is no surprise, what never came is', () => {
    expect(surpriseOfComing(24, 24 * 3600e3, 3600e3)).toBeLessThan(0.5);
    expect(surpriseOfComing(0, 24 * 3600e3, 60e3)).toBeGreaterThan(3);
    expect(surpriseOfComing(0, 0, 60e3)).toBe(0);
  });
});

describe('lines and templates', () => {
  test('a line is of the template with the most fixed text, and gives its values', () => {
    const find = createTemplateIndex([
      templateOf('a', 'user <*> left'),
      templateOf('b', 'user <*> has left'),
      templateOf('c', '<*>'),
    ]);
    expect(find('user anna has left')?.id).toBe('b');
    expect(find('user  anna left')?.id).toBe('a');
    expect(find('nobody left')?.id).toBe('c');
    expect(templateOf('x', 'took <*>, of <*>').match('took 5 ms, of all, of 7')).toEqual(['5 ms', 'all, of 7']);
    expect(templateOf('x', 'key=<*> end').match('key= end')).toEqual(['']);
    expect(templateOf('x', 'ab <*> ba').match('ab ba')).toBeNull();
  });

  test('percent signs and underscores of a statement are no wildcards of LIKE', () => {
    expect(likeOf('50% of my_pool <*> \\ used')).toBe('%50\\%%of%my\\_pool%\\\\%used%');
  });
});

describe('parameters', () => {
  const known = (values: readonly string[], minutes: number) => {
    const history = newHistory();
    for (let at = 0; at < minutes; at++) for (const value of values) takeValue(history, value, at * 60_000);
    return history;
  };

  test('a word that never was there is told where there were few, and not where there were many', () => {
    expect(takeValue(known(['north', 'south'], 60), 'east', 1e9)).toMatchObject({
      kind: 'new value',
      usual: 'one of north, south',
    });
    expect(takeValue(known(['north', 'south'], 10), 'east', 1e9)).toBeNull();
    expect(takeValue(known('abcdefghijklm'.split(''), 60), 'z', 1e9)).toBeNull();
  });

  test('a number far out of its range is told; one that keeps growing is not', () => {
    const history = known(['3 ms', '40 ms'], 60);
    expect(takeValue(history, '60 ms', 1e9)).toBeNull();
    expect(takeValue(known(['3 ms', '40 ms'], 60), '9000 ms', 1e9)).toMatchObject({
      kind: 'out of range',
      usual: '3 to 40',
    });
    const counter = newHistory();
    const told = Array.from({ length: 90 }, (_, at) => takeValue(counter, String(1.2 ** at), at * 60_000));
    expect(told.every((each) => each === null)).toBe(true);
  });

  test('of a group of lines each number has its own extremes', () => {
    expect(valuesOfGroup(['/a/1', '5 ms', 'x'], [1, 2], [9, 700])).toEqual([['/a/1'], ['2 ms', '700 ms'], ['x']]);
    expect(valuesOfGroup(['5 ms'], [], [])).toEqual([['5 ms']]);
  });
});

describe('limits of mining', () => {
  test('what was too much to be read is counted with the rarest that was', () => {
    const miner = createServiceMiner('s', []);
    const { counts } = miner.mine(
      [group('often 5 now', 900, 1000), group('rare one here', 10, 1000), group('rare two there', 10, 1000)],
      0,
    );
    expect(counts.map(({ count }) => count)).toEqual([900, 50, 50]);
  });

  test('services beyond those in memory keep their ids, and a state goes on from there', () => {
    const miners = createLogMiners([]);
    const services = Array.from({ length: limits.patterns.liveMiners + 5 }, (_, at) => `s${at}`);
    const mine = (over: typeof miners, message: string) =>
      services.map((service) => over.mine(service, [group(message, 1)], 0, new Map()).counts[0]!.id);
    const before = mine(miners, 'order 17 taken');
    expect(mine(miners, 'order 18 taken')).toEqual(before);
    const again = createLogMiners(miners.state());
    expect(again.unknown([...services, 'other'])).toEqual(['other']);
    expect(mine(again, 'order 19 taken')).toEqual(before);
  });

  test('a state that is none, cut short or of another version is as none', () => {
    const state = writeState({ version: stateVersion, nextMs: 60_000, spansPerTrace: 3, logs: [], shapes: [] });
    expect(readState(state)).toMatchObject({ nextMs: 60_000, spansPerTrace: 3 });
    for (const text of ['', '{}', state.slice(0, 20), `${state}x`.slice(4)]) expect(readState(text)).toBeNull();
    expect(
      readState(writeState({ version: 9 as never, nextMs: 0, spansPerTrace: 3, logs: [], shapes: [] })),
    ).toBeNull();
  });
});

describe('slow and fast', () => {
  test('two groups of durations are parted between them', () => {
    const split = splitDurations([
      ...Array.from({ length: 80 }, (_, at) => 20 + at / 10),
      ...Array.from({ length: 20 }, (_, at) => 900 + at),
    ]);
    expect(split).toBeGreaterThan(28);
    expect(split).toBeLessThan(900);
  });

  test('a value that only slow ones have tells all there is to know, one that both have nothing', () => {
    expect(separationOf(50, 50, 0, 50)).toMatchObject({ slowShare: 1, fastShare: 0, gain: 1 });
    const none = separationOf(25, 50, 25, 50);
    expect(none.gain).toBeCloseTo(0, 12);
    expect(none.surprise).toBeLessThan(0.01);
  });
});
