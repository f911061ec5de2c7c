import { expect, test } from 'vitest';
import { groupingAccuracy } from '../../../../bench/score/loghub/grouping-accuracy.ts';

test.each([
  ['all right, whatever the groups are called', [7, 7, 3], ['a', 'a', 'b'], 1],
  ['one line apart makes the whole event wrong', [1, 1, 2, 3], ['a', 'a', 'a', 'b'], 0.25],
  ['one line too many makes both events wrong', [1, 1, 1, 2], ['a', 'a', 'b', 'c'], 0.25],
  ['no lines', [], [], 1],
])('%s', (_, groups, events, accuracy) => {
  expect(groupingAccuracy(groups, events)).toBe(accuracy);
});
