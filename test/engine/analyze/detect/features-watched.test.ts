import { describe, expect, test } from 'vitest';
import { leftOutAs, watchedFeature } from '../../../../src/engine/analyze/detect/features-watched.ts';
import { featureNames, seriesCountSubject } from '../../../../src/engine/analyze/features/names.ts';
import { callsOf, operation, row, Story } from './support.ts';

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
