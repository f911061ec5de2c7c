import { describe, expect, test } from 'vitest';
import { outlookOf, type Outlook } from '../../../../src/engine/analyze/predict/capacity/outlook.ts';
import { claimInterval } from '../../../../src/engine/analyze/predict/claims/interval-claims.ts';
import { noise, series, wave, type Noise } from '../forecast/generated.ts';

/** Windows of ten minutes of a day, and hours. */
const day = 144;
const hour = 3_600_000;

const poisson = ({ uniform }: Noise, mean: number): number => {
  let [count, share] = [0, Math.exp(-mean)];
  for (let sum = share, u = uniform(); u > sum; sum += share) share *= mean / ++count;
  return count;
};

/** Student's with three degrees of freedom: one in a hundred beyond 5.8 deviations of the middle. */
const heavy = ({ normal }: Noise): number => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);

const drawn: Readonly<Record<string, (random: Noise, length: number) => Float64Array>> = {
  season: ({ normal }, n) => series(n, (i) => 100 + 30 * wave(i, day) + 4 * normal()),
  ramp: ({ normal, uniform }, n) => {
    const slope = 0.01 + 0.1 * uniform();
    return series(n, (i) => 20 + slope * i + 2 * normal());
  },
  noise: ({ normal }, n) => series(n, () => 50 + 5 * normal()),
  'heavy tails': (random, n) => series(n, (i) => 100 + 10 * wave(i, day) + 3 * heavy(random)),
  wandering: ({ normal }, n) => {
    let x = 0;
    return series(n, () => 50 + 3 * (x = 0.9 * x + normal()));
  },
  walk: ({ normal }, n) => {
    let x = 500;
    return series(n, () => (x += normal()));
  },
  'skewed season': ({ normal }, n) => series(n, (i) => Math.exp(3 + 0.3 * wave(i, day) + 0.25 * normal())),
  'rare errors': (random, n) => series(n, () => poisson(random, 0.5) / 300),
};

describe('claims an hour ahead', () => {
  test('hold 93 to 97 % of what comes, of more than a thousand, and no kind of series is far off', () => {
    const lengths = [504, 288, 144, 100];
    const perKind: Record<string, number> = {};
    let [held, made] = [0, 0];
    for (const [kind, draw] of Object.entries(drawn)) {
      let heldOfKind = 0;
      for (let seed = 1; seed <= 128; seed++) {
        const length = lengths[seed % 4]!;
        const values = draw(noise(seed * 7919), length + 6);
        const { low, high } = claimInterval(values.slice(0, length))!;
        const came = values[length + 5]!;
        heldOfKind += Number(came >= low && came <= high);
        made++;
      }
      held += heldOfKind;
      perKind[kind] = Math.round((1000 * heldOfKind) / 128) / 10;
    }
    console.log('held, of 128 each:', perKind, 'of all:', ((100 * held) / made).toFixed(1));
    expect(made).toBeGreaterThanOrEqual(1000);
    expect(held / made).toBeGreaterThan(0.93);
    expect(held / made).toBeLessThan(0.97);
    for (const share of Object.values(perKind)) expect(share).toBeGreaterThan(88);
  }, 60_000);

  test('are not made of six hours of nothing, less than six hours, or one point', () => {
    expect(claimInterval(new Float64Array(40).fill(Number.NaN))).toBe(null);
    expect(claimInterval(series(35, (i) => i))).toBe(null);
    expect(claimInterval(Float64Array.of(1))).toBe(null);
  });

  test('of a constant are that constant; gaps are bridged; rates are not below 0', () => {
    expect(claimInterval(new Float64Array(60).fill(3))).toEqual({ low: 3, likely: 3, high: 3 });
    const { normal } = noise(5);
    const gappy = series(200, (i) => (i % 7 < 3 ? Number.NaN : Math.max(0, 0.3 + normal())));
    const { low, likely, high } = claimInterval(gappy)!;
    expect(low).toBeGreaterThanOrEqual(0);
    expect(likely).toBeGreaterThan(low);
    expect(high).toBeGreaterThan(likely);
  });
});

const outlook = (values: Float64Array, stepMs: number, threshold = 0.99): Outlook =>
  outlookOf(
    {
      kind: 'heap',
      name: { kind: 'metric', service: 's', subject: 'm', feature: 'share' },
      title: 'heap of s',
      threshold,
      startMs: 0,
      stepMs,
      values,
    },
    7 * 24 * hour,
  )!;

/** Two weeks of hours. */
const hours = 14 * 24;

const capacity: Readonly<Record<string, { readonly leaks: boolean; readonly draw: (random: Noise) => Float64Array }>> =
  {
    'ramp, noise': {
      leaks: true,
      draw: ({ normal, uniform }) => {
        const slope = (0.37 + 0.05 * uniform()) / hours;
        return series(hours, (i) => 0.45 + slope * i + 0.01 * normal());
      },
    },
    'ramp under a daily season': {
      leaks: true,
      draw: ({ normal, uniform }) => {
        const slope = (0.37 + 0.05 * uniform()) / hours;
        return series(hours, (i) => 0.5 + slope * i + 0.05 * wave(i, 24) + 0.01 * normal());
      },
    },
    'leak under a collector': {
      leaks: true,
      // The least of an hour: what a collection leaves, a little more or less.
      draw: ({ uniform }) => {
        const slope = (0.35 + 0.1 * uniform()) / hours;
        return series(hours, (i) => 0.45 + slope * i + 0.03 * uniform());
      },
    },
    'saw of a collector': {
      leaks: false,
      draw: ({ uniform }) => {
        let x = 0.3;
        return series(hours, () => {
          x += 0.03 + 0.04 * uniform();
          if (x > 0.8 + 0.1 * uniform()) x = 0.3 + 0.05 * uniform();
          return x;
        });
      },
    },
    'daily season near the limit': {
      leaks: false,
      draw: ({ normal }) => series(hours, (i) => 0.7 + 0.25 * wave(i, 24) + 0.02 * normal()),
    },
    'daily season over the limit': {
      leaks: false,
      draw: ({ normal }) => series(hours, (i) => 0.72 + 0.3 * wave(i - 6, 24) + 0.02 * normal()),
    },
    noise: { leaks: false, draw: ({ normal }) => series(hours, () => 0.7 + 0.05 * normal()) },
  };

describe('leaks and ramps are told from what comes back', () => {
  for (const [kind, { leaks, draw }] of Object.entries(capacity)) {
    test(`${kind}: ${leaks ? 'for good' : 'no leak'}`, () => {
      const count: Record<string, number> = {};
      for (let seed = 1; seed <= 25; seed++) {
        const { verdict } = outlook(draw(noise(seed * 31)), hour);
        count[verdict] = (count[verdict] ?? 0) + 1;
      }
      console.log(kind, count);
      const lasting = count['lasting'] ?? 0;
      if (leaks) expect(lasting).toBeGreaterThanOrEqual(23);
      else expect(lasting).toBe(0);
    });
  }

  test('a rise of half a day is not taken for a leak, one that is there within hours is told', () => {
    const { normal } = noise(3);
    // A morning's rise: 0.3 at 4:00, to 0.8 at 16:00; 100 values of 5 minutes.
    const morning = outlook(
      series(100, (i) => 0.55 - 0.25 * Math.cos((Math.PI * i) / 144) + 0.005 * normal()),
      300_000,
    );
    expect(morning.verdict).not.toBe('lasting');
    const fast = outlook(
      series(60, (i) => 0.3 + 0.01 * i + 0.005 * normal()),
      60_000,
    );
    expect(fast.verdict).toBe('lasting');
    expect(fast.likelyMs).toBeGreaterThan(60 * 60_000);
    expect(fast.likelyMs).toBeLessThan(85 * 60_000);
  });
});

test('what is said to be crossed with a probability is crossed as often', () => {
  const horizon = 72;
  const walks: Readonly<Record<string, (random: Noise) => Float64Array>> = {
    ramp: ({ normal, uniform }) => {
      const slope = 0.02 + 0.1 * uniform();
      return series(hours + horizon, (i) => 20 + slope * i + 2 * normal());
    },
    'ramp and season': ({ normal, uniform }) => {
      const slope = 0.02 + 0.1 * uniform();
      return series(hours + horizon, (i) => 20 + slope * i + 5 * wave(i, 24) + normal());
    },
    season: ({ normal }) => series(hours + horizon, (i) => 50 + 15 * wave(i, 24) + 2 * normal()),
    drift: ({ normal }) => {
      let x = 50;
      return series(hours + horizon, () => (x += 0.1 + 0.4 * normal()));
    },
    wandering: ({ normal }) => {
      let x = 0;
      return series(hours + horizon, () => 50 + 2 * (x = 0.95 * x + normal()));
    },
    walk: ({ normal }) => {
      let x = 50;
      return series(hours + horizon, () => (x += 0.5 * normal()));
    },
  };
  const said: { readonly p: number; readonly came: boolean }[] = [];
  for (const draw of Object.values(walks)) {
    for (let seed = 1; seed <= 50; seed++) {
      const random = noise(seed * 104_729);
      const values = draw(random);
      const known = values.slice(0, hours);
      const recent = known.slice(-48);
      const middle = recent.reduce((sum, value) => sum + value / 48, 0);
      const spread = Math.sqrt(recent.reduce((sum, value) => sum + (value - middle) ** 2 / 48, 0));
      const threshold = Math.max(...recent) + (random.uniform() * 3.75 - 0.45) * spread;
      if (known.at(-1)! >= threshold) continue;
      const { probability } = outlookOf(
        {
          kind: 'disk',
          name: { kind: 'metric', service: '', subject: '', feature: '' },
          title: '',
          threshold,
          startMs: 0,
          stepMs: hour,
          values: known,
        },
        horizon * hour,
      )!;
      said.push({ p: probability, came: values.slice(hours).some((value) => value >= threshold) });
    }
  }
  const bins = [0, 1 / 3, 2 / 3].map((from) => {
    const of = said.filter(({ p }) => p >= from && p < from + 1 / 3 + 1e-9);
    const mean = (value: (one: { p: number; came: boolean }) => number): number =>
      of.reduce((sum, one) => sum + value(one) / of.length, 0);
    return { claims: of.length, said: mean(({ p }) => p), came: mean(({ came }) => Number(came)) };
  });
  console.table(bins.map(({ claims, said, came }) => ({ claims, said: said.toFixed(2), came: came.toFixed(2) })));
  for (const { claims, said, came } of bins) {
    expect(claims).toBeGreaterThan(30);
    expect(Math.abs(said - came)).toBeLessThan(0.12);
  }
}, 60_000);
