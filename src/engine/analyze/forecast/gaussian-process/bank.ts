import type { Kernel } from './kernel.ts';

/**
 * The kernels that a series can choose from, each a hypothesis of how it goes on. Their constants were fitted on
 * backtests inside hourly series (docs/research/forecasting.md); times and widths are in samples of a season of 24.
 */
export const seasonalKernels: readonly Kernel[] = [
  {
    name: 'steady season, level that returns',
    level: [level(0.0136, 8990), level(0.114, 28.5)],
    season: [season(0.674, 20000), season(0.586, 20000)],
    seasonWidth: 3.13,
    long: [long(0.0011, 2.49), long(0.124, 30)],
    longTime: 20000,
    noise: 0.0614,
    slope: 0.1,
  },
  {
    name: 'steady sharp season, sharp week',
    level: [level(0.0204, 763)],
    season: [season(2.02, 20000), season(0.104, 20000)],
    seasonWidth: 1.13,
    long: [long(0.901, 1.61)],
    longTime: 6250,
    noise: 0.15,
    slope: 0,
  },
  {
    name: 'changing season, wandering level with a trend',
    level: [level(0.323, 442), level(0.107, 617)],
    season: [season(17.5, 4750)],
    seasonWidth: 1.56,
    long: [],
    longTime: 20000,
    noise: 0.00659,
    slope: 1,
  },
  {
    name: 'smooth season, week of single samples',
    level: [level(0.868, 27.6)],
    season: [season(12.3, 20000)],
    seasonWidth: 9.11,
    long: [long(0.532, 0.7), long(0.574, 30)],
    longTime: 20000,
    noise: 0.355,
    slope: 0.1,
  },
  {
    name: 'smooth season, level that returns',
    level: [level(0.0632, 11800), level(0.111, 29.1)],
    season: [season(0.251, 20000), season(0.00272, 20000)],
    seasonWidth: 5.3,
    long: [long(0.0121, 2.38), long(0.16, 30)],
    longTime: 20000,
    noise: 0,
    slope: 0.1,
  },
  {
    name: 'season of single samples, smooth week',
    level: [level(0.0266, 15500), level(0.0425, 36.9)],
    season: [season(0.139, 20000), season(0.0145, 7070)],
    seasonWidth: 0.7,
    long: [long(0.0167, 8.23), long(0.0102, 6.66)],
    longTime: 20000,
    noise: 0,
    slope: 0.1,
  },
  {
    name: 'smoothly drifting season with a trend',
    level: [level(0.126, 1040), level(0.2, 927)],
    season: [season(0.0012, 20000), { amount: 81.3, time: 1350, smooth: true }],
    seasonWidth: 1.86,
    long: [],
    longTime: 20000,
    noise: 0.00597,
    slope: 1,
  },
];

const wandering = plain('wandering level', [level(1, 2000), level(0.05, 6)], 0.05, 0);
const slow = plain('slow level with a trend', [level(0.3, 5000)], 1, 1);

/** Hypotheses without season that a seasonal series has too, should its season be none. */
export const seasonlessKernels: readonly Kernel[] = [wandering, slow];

/** Those of a series without season. */
export const plainKernels: readonly Kernel[] = [
  wandering,
  slow,
  plain('constant', [], 1, 0),
  plain('line', [level(0.1, 5000)], 1, 100),
  plain('wandering level with a drift', [level(1, 2000)], 0.02, 5),
  plain('level that soon returns', [level(1, 6)], 0.1, 0),
  plain('level that returns', [level(1, 40)], 0.2, 0),
  plain('smoothly changing course', [{ amount: 10, time: 150, smooth: true }], 0.1, 30),
];

function level(amount: number, time: number): Kernel['level'][number] {
  return { amount, time };
}

function season(amount: number, time: number): Kernel['season'][number] {
  return { amount, time };
}

function long(amount: number, width: number): Kernel['long'][number] {
  return { amount, width };
}

function plain(name: string, levels: Kernel['level'], noise: number, slope: number): Kernel {
  return { name, level: levels, season: [], seasonWidth: 1, long: [], longTime: 1, noise, slope };
}
