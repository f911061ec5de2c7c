import { expect, test } from 'vitest';
import { whyNoMount } from '../../bench/fault/disk-full.ts';
import { overload } from '../../bench/fault/overload.ts';

const why = whyNoMount();

test('far more than it can take, over both transports: all is answered, memory is bounded, nothing acknowledged is missing', async ({
  skip,
}) => {
  skip(why !== null, why ?? '');
  const { transports, checks, offeredToTaken } = await overload({ seconds: 5, duty: 0.02, spoolDisk: '280m' });
  expect(Object.entries(checks).filter(([, holds]) => !holds)).toEqual([]);
  for (const { name, acknowledged, refused, answers, unanswered } of transports) {
    const expected = name === 'http' ? /^503, Retry-After: \d+$/ : /^UNAVAILABLE, RetryInfo$/;
    expect({ name, unanswered, odd: Object.keys(answers).filter((answer) => !expected.test(answer)) }).toEqual({
      name,
      unanswered: 0,
      odd: [],
    });
    expect(Math.min(acknowledged, refused), name).toBeGreaterThan(0);
  }
  expect(offeredToTaken).toBeGreaterThan(1.5);
});
