import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentMaximum } from '../../../../src/engine/analyze/streams/recent-maximum.ts';
import { Ring } from '../../../../src/engine/analyze/streams/ring.ts';
import { SortedWindow } from '../../../../src/engine/analyze/streams/sorted-window.ts';

const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 400 });
const capacity = fc.integer({ min: 1, max: 150 });

test('a ring holds the newest values, oldest first', () => {
  fc.assert(
    fc.property(values, capacity, (given, size) => {
      const ring = new Ring(size);
      given.forEach((value) => ring.push(value));
      expect(ring.values()).toEqual(given.slice(-size));
      expect(ring.back(0)).toBe(given.at(-1));
      expect(ring.size).toBe(Math.min(size, given.length));
    }),
  );
});

test('a sorted window answers as sorting its values would', () => {
  fc.assert(
    fc.property(values, capacity, fc.integer({ min: -25, max: 25 }), (given, size, asked) => {
      const window = new SortedWindow(size);
      given.forEach((value, index) => window.add(value, index >= size ? given[index - size] : undefined));
      const held = given.slice(-size).sort((a, b) => a - b);
      expect(window.size).toBe(held.length);
      expect([window.lowest, window.highest]).toEqual([held[0], held.at(-1)]);
      expect(window.quantile(0.5)).toBe(held[Math.min(held.length - 1, Math.floor(held.length / 2))]);
      const nearest = Math.min(...held.map((value) => Math.abs(value - asked)));
      expect(Math.abs(window.nearest(asked) - asked)).toBe(nearest);
    }),
  );
});

test('the recent maximum is that of the asked span', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 30 }), (given, span) => {
      const recent = new RecentMaximum(30);
      given.forEach((value, place) => {
        const before = given.slice(Math.max(0, place - span), place);
        expect(recent.since(place - span)).toBe(before.length === 0 ? -1 : Math.max(...before));
        recent.add(place, value);
      });
    }),
  );
});
