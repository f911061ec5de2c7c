import { expect, test } from 'vitest';
import { sendNested } from '../../bench/fault/nesting.ts';

test('10,000 deep, as protobuf and JSON, over HTTP and gRPC: taken and marked, or refused, by a daemon that goes on', async () => {
  const { results, marked, shouldBeMarked, alive, clean } = await sendNested(10_000, 5000);
  expect(results.filter(({ ok }) => !ok)).toEqual([]);
  expect({ marked, alive, clean }).toEqual({ marked: shouldBeMarked, alive: true, clean: true });
  expect(marked).toBeGreaterThan(0);
});
