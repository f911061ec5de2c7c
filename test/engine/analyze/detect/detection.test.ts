import { describe, expect, test } from 'vitest';
import { callsOf, failing, operation, row, slower, startMs, Story } from './support.ts';

const at = (window: number): number => startMs + window * 10_000;

describe('with little history', () => {
  test('two minutes of steady traffic are enough to find failing calls in the first bad window', () => {
    const story = new Story();
    story.steady(12);
    expect(story.told).toEqual([]);
    story.run(1, () => {
      const values = failing(callsOf(story.chance, 150), 0.3);
      return [row(values), operation(values)];
    });
    expect(story.newest).toMatchObject({
      service: 'checkout',
      startMs: at(12),
      endMs: null,
      foundMs: at(12) + 14_000,
      learned: 'minutes',
      severity: 'critical',
    });
    expect(story.newest.detectors[0]).toBe('rare');
    expect(story.newest.summary).toMatch(/^30 % of calls of (checkout|POST \/pay) fail, usually .*, since 14:02:00$/);
  });

  test('and durations that triple, and traffic that goes, in the second at the latest', () => {
    const slow = new Story();
    slow.steady(12).run(2, () => {
      const values = slower(callsOf(slow.chance, 150), 3);
      return [row(values), operation(values)];
    });
    expect(slow.newest.carriers[0]!.feature).toMatch(/^p(50|99)_ms$/);
    const gone = new Story();
    gone.steady(12).run(2, () => [row({ logs: 3 })]);
    expect(gone.newest.summary).toMatch(
      /^(checkout|POST \/pay) gets no calls, usually 1[45](\.\d)?\/s, since 14:02:00$/,
    );
  });

  test('an operation that hardly anybody calls is no critical matter, a busy one is', () => {
    const slowOne = (service: number): Story => {
      const story = new Story();
      const rows = (times: number) => [
        row(callsOf(story.chance, service)),
        operation(slower(callsOf(story.chance, 150), times)),
      ];
      return story.run(120, () => rows(1)).run(4, () => rows(6));
    };
    expect(slowOne(9000).newest).toMatchObject({ severity: 'warning' });
    expect(slowOne(600).newest).toMatchObject({ severity: 'critical' });
  });

  test('a start is no anomaly: slow first calls, rising traffic and growing memory', () => {
    const story = new Story();
    story.run(60, (index) => {
      const warm = 1 - Math.exp(-(index + 1) / 6);
      const values = slower(callsOf(story.chance, 150 * warm + 5), 1 + 2 * Math.exp(-index / 3));
      return [row({ ...values, memory_bytes: 2e8 * (1 + 0.5 * warm) }), operation(values)];
    });
    expect(story.told).toEqual([]);
    expect(story.last.services).toMatchObject([{ service: 'checkout', learned: 'minutes' }]);
  });

  test('getting faster in the first hour is warm-up; after it, it is told of', () => {
    const fasterAfter = (windows: number): Story => {
      const story = new Story();
      return story.steady(windows).run(12, () => {
        const values = slower(callsOf(story.chance, 150), 0.3);
        return [row(values), operation(values)];
      });
    };
    expect(fasterAfter(120).told).toEqual([]);
    expect(fasterAfter(500).newest.summary).toMatch(/^p(50|99) of .* down to (2|3)\d %/);
  });

  test('one error in three calls is nothing', () => {
    const story = new Story();
    story.run(200, () => [row(callsOf(story.chance, 3))]);
    story.push([row({ calls: 3, errors: 1, error_rate: 1 / 3, p50_ms: 60, p99_ms: 80 })]);
    expect(story.told).toEqual([]);
  });
});

describe('from start to end', () => {
  const faulty = (): Story => {
    const story = new Story();
    story.steady(120);
    return story.run(12, (index) => {
      const values = failing(callsOf(story.chance, 150), index === 6 ? 0.6 : 0.2);
      return [row(values), operation(values)];
    });
  };

  test('it has a start, a peak and an end, under one id', () => {
    const story = faulty().steady(30);
    expect(story.ids).toHaveLength(1);
    expect(story.newest).toMatchObject({ startMs: at(120), peakMs: at(126), endMs: at(132) });
    expect(story.newest.carriers[0]!.value).toBeCloseTo(0.6, 1);
  });

  test('it is told of when it opens, gets worse or ends, else once a minute', () => {
    const story = faulty();
    expect(story.told.length).toBeLessThanOrEqual(5);
    const before = story.told.length;
    story.steady(30);
    expect(story.told.length).toBe(before + 1);
  });

  test('a calm window in between does not end it', () => {
    const story = faulty().steady(3);
    story.run(3, () => {
      const values = failing(callsOf(story.chance, 150), 0.2);
      return [row(values), operation(values)];
    });
    story.steady(20);
    expect(story.ids).toHaveLength(1);
    expect(story.newest.endMs).toBe(at(138));
  });

  test('the same again within minutes goes on under the old id; hours later it is another', () => {
    const again = (calm: number): Story => {
      const story = faulty().steady(calm);
      story.run(3, () => {
        const values = failing(callsOf(story.chance, 150), 0.4);
        return [row(values), operation(values)];
      });
      return story.steady(20);
    };
    expect(again(40).ids).toHaveLength(1);
    expect(again(40).newest).toMatchObject({ startMs: at(120), endMs: at(175) });
    expect(again(400).ids).toHaveLength(2);
  });

  test('ids are the same for the same windows', () => {
    expect(faulty().ids).toEqual(faulty().ids);
  });

  test('shares of carriers are at most 1 together, and times of words are those of the start', () => {
    const { carriers, startMs: began } = faulty().newest;
    expect(carriers.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1.001);
    expect(carriers[0]!.words).toContain(new Date(began).toISOString().slice(11, 19));
  });
});

describe('the headline', () => {
  const waiting = (value: number) => row({ value }, { kind: 'metric', subject: 'jobs.waiting' });
  const steady = (story: Story) => row({ ...callsOf(story.chance, 150), cpu: 0.2 + 0.01 * story.chance.normal() });

  test('stays with what the anomaly opened with when another fault of its rank joins', () => {
    const story = new Story();
    story.run(400, () => [steady(story)]);
    story.run(3, () => [row(failing(callsOf(story.chance, 150), 0.05))]);
    expect(story.newest.summary).toMatch(/calls of checkout fail/);
    const before = story.newest.score;
    story.run(9, () => [row(slower(failing(callsOf(story.chance, 150), 0.05), 20))]);
    expect(story.newest.score).toBeGreaterThan(before);
    expect(story.newest.summary).toMatch(/calls of checkout fail/);
    expect(story.newest.carriers.slice(1).map(({ feature }) => feature)).toContain('p50_ms');
    expect(story.newest.carriers.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1.001);
  });

  test('tells the worst of its own series, since when it began', () => {
    const story = new Story();
    story.run(400, () => [steady(story)]);
    story.run(3, () => [row(failing(callsOf(story.chance, 150), 0.05))]);
    const since = story.newest.summary.slice(-8);
    story.run(6, () => [row(failing(callsOf(story.chance, 150), 0.5))]);
    expect(story.newest.summary).toMatch(/^(49|5\d) % of calls of checkout fail/);
    expect(story.newest.summary.slice(-8)).toBe(since);
  });

  test('goes to failing calls when a CPU or a metric was all there was', () => {
    for (const weaker of [
      (story: Story) => [row({ ...callsOf(story.chance, 150), cpu: 0.95 }), waiting(8)],
      (story: Story) => [steady(story), waiting(90)],
    ]) {
      const story = new Story();
      story.run(400, () => [steady(story), waiting(8 + story.chance.normal())]);
      story.run(3, () => weaker(story));
      expect(story.newest.summary).toMatch(/^(CPU of checkout|jobs\.waiting)/);
      story.run(6, () => {
        const [service, ...rest] = weaker(story);
        return [{ ...service!, values: failing(service!.values, 0.6) }, ...rest];
      });
      expect(story.ids).toHaveLength(1);
      expect(story.newest.summary).toMatch(/calls of checkout fail/);
    }
  });
});

describe('what goes on', () => {
  test('is not learned: after half an hour it is still out of the usual', () => {
    const story = new Story();
    story.steady(400).run(180, () => {
      const values = slower(callsOf(story.chance, 150), 3);
      return [row(values), operation(values)];
    });
    expect(story.newest.endMs).toBeNull();
    expect(story.newest.carriers[0]!.usual).toBeLessThan(200);
    expect(story.ids).toHaveLength(1);
  });

  test('is taken for usual after an hour, and that is said', () => {
    const story = new Story();
    story.steady(400).run(420, () => {
      const values = slower(callsOf(story.chance, 150), 3);
      return [row(values), operation(values)];
    });
    expect(story.newest.endMs).not.toBeNull();
    expect(story.newest.summary).toMatch(/it lasted, and is taken for usual from now on$/);
    const told = story.told.length;
    story.run(100, () => {
      const values = slower(callsOf(story.chance, 150), 3);
      return [row(values), operation(values)];
    });
    expect(story.told.length).toBe(told);
  });

  test('a small lasting change is found as a shift', () => {
    const story = new Story();
    story.steady(720).run(60, () => {
      const values = callsOf(story.chance, 95);
      return [row(values), operation(values)];
    });
    expect(story.newest.carriers[0]!.feature).toBe('calls');
    expect(story.newest.detectors).toContain('shift');
  });

  test('what grows by as much again in an hour is found as a ramp', () => {
    const story = new Story();
    const memory = (bytes: number) => [row({ memory_bytes: bytes * (1 + 0.02 * story.chance.normal()) })];
    story.run(2 * 8640, () => memory(5e8));
    expect(story.told).toEqual([]);
    story.run(540, (index) => memory(5e8 * (1 + index / 360)));
    expect(story.newest.carriers[0]!.feature).toBe('memory_bytes');
    expect(story.told.flatMap(({ detectors }) => detectors)).toContain('ramp');
  });

  test('a change that nobody would care for is not told, however sure it is', () => {
    const story = new Story();
    story.steady(720, 20_000).run(60, () => {
      const values = slower(callsOf(story.chance, 20_000), 1.08);
      return [row(values), operation(values)];
    });
    expect(Math.max(...story.last.services.map(({ score }) => score))).toBeGreaterThan(0);
    expect(story.told).toEqual([]);
  });
});

describe('silence', () => {
  test('a service without a row is silent while others have theirs', () => {
    const other = (story: Story) => row(callsOf(story.chance, 50), { service: 'cart' });
    const story = new Story();
    story.run(120, () => [row(callsOf(story.chance, 150)), other(story)]);
    story.run(2, () => [other(story)]);
    expect(story.newest).toMatchObject({ service: 'checkout', startMs: at(120), severity: 'critical' });
    expect(story.newest.summary).toMatch(/^checkout gets no calls, usually 1[45](\.\d)?\/s/);
  });

  test('a row that is marked as a gap says so too', () => {
    const story = new Story();
    story.steady(120).run(2, () => [row({}, { marks: ['gap'] })]);
    expect(story.newest.summary).toContain('gets no calls');
  });

  test('windows without any row say nothing about anybody, and end what was open', () => {
    const quiet = new Story();
    quiet.steady(120).run(60, () => []);
    expect(quiet.told).toEqual([]);
    const open = new Story();
    open.steady(120).run(2, () => [row({ logs: 1 })]);
    expect(open.newest.endMs).toBeNull();
    open.run(40, () => []);
    expect(open.newest.endMs).toBe(at(122));
  });

  test('a service that rests at night is not missed', () => {
    const story = new Story();
    const day = (index: number): number => ((index + 8640 * (14 / 24)) % 8640) / 8640;
    story.run(3 * 8640, (index) => {
      const hour = 24 * day(index);
      const awake = Math.max(0, Math.min(1, (hour - 6) / 2, (22 - hour) / 2));
      return [row(callsOf(story.chance, 40 * awake))];
    });
    expect(story.told.filter(({ carriers }) => carriers[0]!.value === 0)).toEqual([]);
    expect(story.last.services[0]!.learned).toBe('days');
  });
});

describe('other series', () => {
  test('hosts are judged by themselves, with an empty service', () => {
    const host = (cpu: number): ReturnType<typeof row> => row({ cpu }, { kind: 'host', service: '', subject: 'db-1' });
    const story = new Story();
    story.run(200, () => [host(0.2 + 0.01 * story.chance.normal())]).run(3, () => [host(0.95)]);
    expect(story.newest).toMatchObject({ service: '', severity: 'warning' });
    expect(story.newest.summary).toBe('CPU of db-1 at 95 %, usually 20 %, since 14:33:20');
    expect(story.last.services).toEqual([]);
  });

  test('a disk that is nearly full is told of when most of what was left is used up', () => {
    const host = (share: number) => row({ disk_share: share }, { kind: 'host', service: '', subject: 'db-1' });
    const story = new Story();
    story.run(720, () => [host(0.9 + 0.001 * story.chance.normal())]);
    expect(story.told).toEqual([]);
    story.run(6, () => [host(0.97)]);
    expect(story.newest).toMatchObject({ severity: 'critical' });
    expect(story.newest.summary).toBe('fullest disk of db-1 at 97 %, usually 90 %, since 16:00:00');
  });

  test('error lines where there are none', () => {
    const story = new Story();
    story.run(200, () => [row({ ...callsOf(story.chance, 50), logs_error: 0 })]);
    story.push([row({ ...callsOf(story.chance, 50), logs_error: 12 })]);
    expect(story.newest.summary).toBe('12 error lines of checkout in 10 s, usually next to none, since 14:33:20');
  });

  test('a metric with a name of its own', () => {
    const waiting = (value: number) => row({ value }, { kind: 'metric', subject: 'jobs.waiting' });
    const story = new Story();
    story.run(300, () => [waiting(8 + Math.round(2 * story.chance.normal()))]);
    story.run(3, () => [waiting(90)]);
    expect(story.newest.summary).toMatch(
      /^jobs\.waiting of checkout 1[01](\.\d)?× its usual [78](\.\d+)?, since 14:50:00$/,
    );
  });

  test("a model's vote counts when its error leaves what is usual for it", () => {
    const vote = (error: number) => ({
      service: 'checkout',
      family: 'linear' as const,
      model: 'm1',
      error,
      carriers: [
        { subject: 'Server POST /pay', feature: 'p99_ms', share: 0.6 },
        { subject: '', feature: 'calls', share: 0.3 },
      ],
    });
    const story = new Story();
    story.run(200, () => [row(callsOf(story.chance, 150))]);
    for (let window = 0; window < 300; window++)
      story.push([row(callsOf(story.chance, 150))], [vote(Math.exp(0.2 * story.chance.normal()))]);
    expect(story.told).toEqual([]);
    story.run(3, () => [row(callsOf(story.chance, 150))], [vote(14)]);
    expect(story.newest.detectors[0]).toBe('combination');
    expect(story.newest.summary).toMatch(
      /^p99 of POST \/pay with calls of checkout in an unusual combination, 1\d(\.\d)?× the usual error of the linear model/,
    );
  });
});

describe('habits', () => {
  test('a job of three minutes at the same time each day is told of twice, then only when it is something else', () => {
    const story = new Story();
    const day = (times: number): Story =>
      story.run(8640, (index) => {
        const inJob = index >= 5000 && index < 5018;
        return [row(callsOf(story.chance, inJob ? 60 * times : 60))];
      });
    for (let count = 0; count < 4; count++) day(4);
    expect(story.ids).toHaveLength(2);
    day(0);
    expect(story.ids).toHaveLength(3);
    expect(story.newest.summary).toContain('gets no calls');
  });
});
