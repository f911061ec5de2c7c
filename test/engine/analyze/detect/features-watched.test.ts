import { describe, expect, test } from 'vitest';
import { leftOutAs, watchedFeature } from '../../../../src/engine/analyze/detect/features-watched.ts';
import { matters } from '../../../../src/engine/analyze/detect/practical.ts';
import { featureNames, seriesCountSubject } from '../../../../src/engine/analyze/features/names.ts';
import { callsOf, failing, operation, row, Story } from './support.ts';

describe('which features are watched', () => {
  const decided = featureNames.flatMap(({ name, kinds }) =>
    kinds.filter((kind) => kind !== 'edge').map((kind) => [name.replace('*', 'user.id'), kind] as const),
  );

  test.each(decided)('%s of a %s is watched by name, or left out for a reason, and not both', (name, kind) => {
    expect(watchedFeature(kind, name) !== null).toBe(leftOutAs(name) === null);
  });

  test('a name that no row has is not watched', () => {
    expect(watchedFeature('service', 'p90_ms')).toBeNull();
    expect(watchedFeature('metric', 'p50_ms')).toBeNull();
  });

  test('how many series and spans were looked at is no finding, however much it changes', () => {
    const story = new Story();
    const window = (times: number) => {
      const values = callsOf(story.chance, 150);
      const series = { value: 400 * times, points: 2400 * times, left_out: 3 * times };
      return [
        row({ ...values, spans: 900 * times, sampled: 0.5 / times, operations_left_out: 2 * times, fanout: 3 * times }),
        operation(values),
        row(series, { kind: 'metric', subject: seriesCountSubject }),
      ];
    };
    story.run(300, () => window(1)).run(12, () => window(10));
    expect(story.told).toEqual([]);
    expect(story.detection.state()).not.toContain(seriesCountSubject);
  });
});

describe('metrics', () => {
  const metric = (value: number, subject: string, feature = 'value') =>
    row({ [feature]: value }, { kind: 'metric', subject });

  test.each([
    'http.server.request.duration{http.route=/pay}',
    'http.client.duration',
    'http.server.active_requests',
    'rpc.server.call.duration',
    'db.client.operation.duration{db.system.name=postgresql}',
    'process.cpu.time{cpu.mode=user}',
    'process.memory.usage',
    'db.client.connection.wait_time',
    'db.client.connections.usage',
    'jvm.gc.duration{jvm.gc.name=G1}',
    'v8js.gc.duration',
  ])('%s says what is watched already', (subject) => {
    expect(watchedFeature('metric', 'mean', subject)).toBeNull();
    expect(watchedFeature('metric', 'rate', subject)).toBeNull();
  });

  test.each(['http.server.request.body.size', 'jobs.duration', 'jvm.thread.count', 'orders{kind=process.cpu.time}'])(
    '%s is watched',
    (subject) => {
      expect(watchedFeature('metric', 'mean', subject)).not.toBeNull();
    },
  );

  test('one that is known for ten minutes raises nothing, one that is known for twenty does', () => {
    const jumpAfter = (windows: number): Story => {
      const story = new Story();
      story.run(windows, () => [row(callsOf(story.chance, 150)), metric(8 + story.chance.normal(), 'jobs.waiting')]);
      return story.run(6, () => [row(callsOf(story.chance, 150)), metric(90, 'jobs.waiting')]);
    };
    expect(jumpAfter(60).told).toEqual([]);
    expect(jumpAfter(120).newest.summary).toMatch(/^jobs\.waiting of checkout/);
  });

  test('beside failing calls it is named behind them, however far it is out', () => {
    const story = new Story();
    story.run(300, () => [row(callsOf(story.chance, 60)), metric(8 + 0.1 * story.chance.normal(), 'jobs.waiting')]);
    story.run(2, () => [row(failing(callsOf(story.chance, 60), 0.1)), metric(9000, 'jobs.waiting')]);
    const [first, second] = story.newest.carriers;
    expect(second).toMatchObject({ kind: 'metric' });
    expect(second!.share).toBeGreaterThan(first!.share);
    expect(story.newest.summary).toMatch(/of calls of checkout fail/);
  });

  test('sizes of bodies are named behind other metrics', () => {
    const story = new Story();
    const both = (jobs: number, size: number) => [
      metric(jobs, 'jobs.waiting'),
      metric(size, 'http.server.request.body.size', 'mean'),
    ];
    story.run(300, () => both(80 + 8 * story.chance.normal(), 500 + story.chance.normal()));
    story.run(3, () => both(400, 90_000));
    expect(story.newest.carriers.map(({ subject }) => subject)).toEqual([
      'jobs.waiting',
      'http.server.request.body.size',
    ]);
  });

  test('durations in seconds need 5 ms more', () => {
    const matter = (value: number, usual: number, subject: string): boolean =>
      matters(watchedFeature('metric', 'mean', subject)!, value, usual, 0, false);
    expect(matter(0.00116, 0.00000124, 'lock.wait_time{lock=a}')).toBe(false);
    expect(matter(0.01, 0.002, 'lock.wait_time{lock=a}')).toBe(true);
    expect(matter(0.00116, 0.00000124, 'loss')).toBe(true);
  });
});
