import { describe, expect, test } from 'vitest';
import { callsOf, failing, operation, row, slower, startMs, Story } from './support.ts';

const everyAnomalyIsSound = ({ told }: Story): void => {
  for (const anomaly of told) {
    expect(JSON.stringify(anomaly)).not.toMatch(/null,"usual|NaN|Infinity/);
    expect(Number.isFinite(anomaly.score)).toBe(true);
    if (anomaly.endMs !== null) expect(anomaly.endMs).toBeGreaterThan(anomaly.startMs);
  }
};

describe('values', () => {
  test('what is no number is left out, and the rest of the row counts', () => {
    const story = new Story();
    story.run(60, () => [row(callsOf(story.chance, 150))]);
    story.run(20, () => {
      const values = callsOf(story.chance, 150);
      return [row({ ...values, p50_ms: Number.NaN, p99_ms: Number.POSITIVE_INFINITY, cpu: Number.NEGATIVE_INFINITY })];
    });
    story.run(1, () => [row(failing(callsOf(story.chance, 150), 0.4))]);
    expect(story.newest.carriers[0]!.feature).toBe('error_rate');
    everyAnomalyIsSound(story);
  });

  test('huge, tiny and negative values break nothing', () => {
    const story = new Story();
    const odd = [1e308, -1e308, 5e-324, 0, -0, -5, 2 ** 53];
    story.run(300, (index) => {
      const value = odd[index % odd.length]!;
      return [
        row({ calls: value, errors: value, error_rate: value, p99_ms: value, memory_bytes: value, logs_error: value }),
        row({ value }, { kind: 'metric', subject: 'odd' }),
      ];
    });
    story.steady(50);
    everyAnomalyIsSound(story);
    for (const { score } of story.last.services) expect(Number.isFinite(score)).toBe(true);
  });

  test('a constant series stays quiet, and a change of it that matters is found', () => {
    const pool = (value: number) => [row({ pool_share: value })];
    const story = new Story();
    story.run(500, () => pool(0.25));
    expect(story.told).toEqual([]);
    story.run(3, () => pool(0.97));
    expect(story.newest).toMatchObject({ severity: 'critical' });
    expect(story.newest.summary).toBe('pool use of checkout at 97 %, usually 25 %, since 15:23:20');
  });

  test('a series with a single point is only remembered', () => {
    const story = new Story();
    story.push([row({ calls: 5, p99_ms: 1e6 })]);
    expect(story.told).toEqual([]);
    expect(story.last.services).toMatchObject([{ service: 'checkout', learned: 'minutes' }]);
  });

  test('a counter that began anew is not scored', () => {
    const rate = (value: number, marks: readonly 'reset'[] = []) =>
      row({ rate: value }, { kind: 'metric', subject: 'bytes.sent', marks });
    const story = new Story();
    story.run(200, () => [rate(1000 + 20 * story.chance.normal())]);
    story.run(3, () => [rate(90_000_000, ['reset'])]);
    expect(story.told).toEqual([]);
    story.run(3, () => [rate(90_000_000)]);
    expect(story.ids).toHaveLength(1);
  });

  test('after a restart memory begins at another level, and that is no finding', () => {
    const memory = (value: number) => row({ ...callsOf(story.chance, 50), memory_bytes: value });
    const story: Story = new Story();
    story.run(300, () => [memory(8e8 * (1 + 0.01 * story.chance.normal()))]);
    story.push([{ ...memory(2e8), marks: ['restart'] }]);
    story.run(60, () => [memory(2e8 * (1 + 0.01 * story.chance.normal()))]);
    expect(story.told).toEqual([]);
  });
});

describe('windows', () => {
  test('one that came before, or comes twice, changes nothing', () => {
    const story = new Story();
    story.steady(60);
    const state = story.detection.state();
    const bad = [row(failing(callsOf(story.chance, 150), 0.9))];
    story.push(bad, [], startMs + 10 * 10_000).push(bad, [], startMs + 59 * 10_000);
    expect(story.told).toEqual([]);
    expect(story.detection.state()).toBe(state);
  });

  test('a row that comes twice in a window counts once', () => {
    const story = new Story();
    story.run(100, () => {
      const values = callsOf(story.chance, 150);
      return [row(values), row(values), row(slower(values, 50))];
    });
    expect(story.told).toEqual([]);
  });

  test('one from the future is left out: the clock of somebody is wrong', () => {
    const story = new Story();
    story.steady(60);
    const timeMs = startMs + 86_400_000;
    story.detection.push({ timeMs, seconds: 10, rows: [row({ calls: 1 })], votes: [], nowMs: startMs + 600_000 });
    story.steady(60);
    expect(story.last.services).toHaveLength(1);
  });

  test('after a long gap the level begins anew: what is different then is no finding', () => {
    const story = new Story();
    story.steady(200);
    story.window += 720;
    story.run(60, () => {
      const values = slower(callsOf(story.chance, 400), 3);
      return [row(values), operation(values)];
    });
    expect(story.told).toEqual([]);
  });

  test('a clock that was set back is followed after a minute', () => {
    const story = new Story();
    story.steady(200);
    story.window -= 180;
    story.steady(5);
    expect(story.last.services).toEqual([]);
    story.steady(40);
    expect(story.last.services).toHaveLength(1);
    expect(story.told).toEqual([]);
    story.run(2, () => {
      const values = failing(callsOf(story.chance, 150), 0.4);
      return [row(values), operation(values)];
    });
    expect(story.ids).toHaveLength(1);
    everyAnomalyIsSound(story);
  });
});

describe('many series', () => {
  test('ten thousand new ones in one window: the busiest are watched, the rest is counted', () => {
    const many = (): ReturnType<typeof row>[] =>
      Array.from({ length: 10_000 }, (_, index) => operation({ calls: (index * 7919) % 10_007 }, `op-${index}`));
    const story = new Story({ maxSeries: 500 });
    const from = process.cpuUsage();
    story.push(many());
    expect(story.last.leftOut).toBe(9500);
    story.push(many());
    expect(story.last.leftOut).toBe(9500);
    expect(process.cpuUsage(from).user / 1e6).toBeLessThan(3);
    const state = story.detection.state();
    const busiest = many()
      .toSorted((a, b) => b.values['calls']! - a.values['calls']!)
      .slice(0, 500);
    for (const { subject } of busiest) expect(state).toContain(`"${subject}"`);
  });

  test('one that is known stays watched when busier ones come', () => {
    const story = new Story({ maxSeries: 4 });
    story.steady(30, 3);
    story.run(1, () => [row({ calls: 1e6, logs: 1e6 }, { service: 'other' })]);
    expect(story.detection.state()).toContain('checkout');
  });
});

describe('the saved state', () => {
  test('a detection that goes on from it tells what one that never stopped would have told', () => {
    const one = new Story();
    one.steady(300);
    const two = new Story({}, one.detection.state());
    two.window = one.window;
    expect(two.detection.startedAnew).toBeNull();
    const rows = Array.from({ length: 40 }, (_, index) => {
      const values = index < 20 ? callsOf(one.chance, 150) : failing(callsOf(one.chance, 150), 0.2);
      return [row(values), operation(values)];
    });
    one.run(40, (index) => rows[index]!);
    two.run(40, (index) => rows[index]!);
    expect(two.told).toEqual(one.told);
    expect(two.detection.state()).toBe(one.detection.state());
    expect(two.ids).toHaveLength(1);
  });

  test('in the middle of an anomaly it goes on under its id', () => {
    const bad = (story: Story) => {
      const values = failing(callsOf(story.chance, 150), 0.3);
      return [row(values), operation(values)];
    };
    const one = new Story();
    one.steady(100).run(3, () => bad(one));
    const two = new Story({}, one.detection.state());
    two.window = one.window;
    two.run(8, () => bad(two)).steady(20);
    expect(two.ids).toEqual(one.ids);
    expect(two.newest.startMs).toBe(startMs + 1_000_000);
  });

  test.each([
    ['not JSON', 'oops', /not JSON/],
    ['cut off', null, /not JSON|cut off/],
    ['of another version', '{"version":99}', /another version/],
    ['JSON of another kind', '[]', /another version/],
    ['null', 'null', /another version/],
  ])('one that is %s is said, and everything is learned anew', (_, given, why) => {
    const state = given ?? new Story().steady(30).detection.state().slice(0, 4000);
    const story = new Story({}, state);
    expect(story.detection.startedAnew).toMatch(why);
    story.steady(30);
    expect(story.last.services).toHaveLength(1);
  });

  test('one with numbers missing is not half used', () => {
    const saved = JSON.parse(new Story().steady(30).detection.state()) as { numbers: string };
    const story = new Story({}, JSON.stringify({ ...saved, numbers: saved.numbers.slice(0, 400) }));
    expect(story.detection.startedAnew).toBe('the saved state is incomplete');
    expect(JSON.parse(story.detection.state())).toMatchObject({ subjects: [], scopes: [] });
  });
});
