import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeWeight } from '../../../../src/engine/explain/changes/change-weight.ts';
import { placeChanges, weightOf } from '../../../../src/engine/explain/changes/place-changes.ts';
import type { KnownChange } from '../../../../src/engine/explain/changes/read-changes.ts';

const onset = { at: 1_000_000_000, from: 999_990_000, to: 1_000_020_000 };

const deployed = (atMs: number): KnownChange => ({
  id: 'a1b2c3d4e5f6',
  atMs,
  kind: 'deployment',
  service: 'cart',
  environment: '',
  fromVersion: '3.1.4',
  toVersion: '3.2.0',
  source: 'telemetry',
  note: '',
  link: '',
  attributes: {},
  evidence: [],
});

const factOf = (atMs: number, suspect = 'cart') => placeChanges([deployed(atMs)], onset, [suspect])[0]!;

describe('a change beside the onset', () => {
  test('shortly before it is blamed, and the gap is said', () => {
    expect(factOf(onset.at - 40_000)).toMatchObject({ relation: 'before-onset', blamed: true });
    expect(factOf(onset.at - 40_000).sentence).toContain('40 s before it began');
  });

  test('after the latest time of the onset it is never blamed, whenever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (afterMs) => {
        const fact = factOf(onset.to + afterMs);
        expect(fact.blamed).toBe(false);
        expect(fact.relation).toBe('after-onset');
        expect(weightOf(deployed(onset.to + afterMs), onset, 0)).toBe(Number.NEGATIVE_INFINITY);
      }),
    );
  });

  test('of another service than the one that is named it is told, and not blamed', () => {
    expect(factOf(onset.at - 5000, 'payment').blamed).toBe(false);
  });

  test('a day before says nothing', () => {
    expect(factOf(onset.at - 24 * 3_600_000).blamed).toBe(false);
  });

  test('without an onset nothing is blamed', () => {
    expect(placeChanges([deployed(5)], null, ['cart'])[0]).toMatchObject({
      relation: 'no-onset',
      blamed: false,
    });
  });

  test('weighs less the longer before it lies', () => {
    const weights = [0, 1, 5, 20, 60, 600].map((minutes) => changeWeight(minutes * 60_000));
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
  });
});
