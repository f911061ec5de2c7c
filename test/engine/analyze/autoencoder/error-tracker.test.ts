import { expect, test } from 'vitest';
import { ErrorTracker } from '../../../../src/engine/analyze/autoencoder/error-tracker.ts';

test('an error that keeps its sign adds up, one that changes it does not', () => {
  const steady = new ErrorTracker([1, 1]);
  const noisy = new ErrorTracker([1, 1]);
  let [ofSteady, ofNoisy] = [0, 0];
  for (let window = 0; window < 40; window++) {
    ofSteady = steady.push([0, -2]).score;
    ofNoisy = noisy.push([0, window % 2 === 0 ? 2 : -2]).score;
  }
  expect(ofSteady).toBeGreaterThan(1.8);
  expect(ofNoisy).toBeLessThan(0.2);
  expect(steady.push([0, -2])).toMatchObject({ feature: 1, direction: -1 });
});

test('errors are measured by what is usual for each feature', () => {
  const tracker = new ErrorTracker([0.01, 5, 0]);
  expect(tracker.push([0.1, 20, 3])).toMatchObject({ feature: 0, direction: 1 });
});

test('goes on where it was', () => {
  const tracker = new ErrorTracker([1, 2]);
  tracker.push([3, 1]);
  const restored = new ErrorTracker([1, 2], tracker.averages());
  expect(restored.push([1, -1])).toEqual(tracker.push([1, -1]));
});
