import { expect, test } from 'vitest';
import { generated, roundTrip } from '../../bench/fault/roundtrip/round-trip.ts';

test('what goes in over OTLP, three ways, comes out of `obs export` equal, field by field', async () => {
  for (const { signal, items, equal, changed, foreign } of await roundTrip('generated', generated(9, 7))) {
    expect({ signal, equal, changed, foreign }).toEqual({ signal, equal: items, changed: 0, foreign: 0 });
    expect(items, signal).toBeGreaterThan(0);
  }
});
