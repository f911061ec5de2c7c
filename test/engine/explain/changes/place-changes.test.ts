import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../src/engine/domain/changes/change.ts';
import { changeWeight } from '../../../../src/engine/explain/changes/change-weight.ts';
import { changeFactOf, placeChange } from '../../../../src/engine/explain/changes/place-changes.ts';

const onset = { atMs: 1_000_000_000, fromMs: 999_990_000, toMs: 1_000_020_000 };

const deployed = (atMs: number): Change => ({
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
});

const factOf = (atMs: number) => changeFactOf(placeChange(deployed(atMs), onset), onset, 'cart');

describe('a change beside the onset', () => {
  test('shortly before it is blamed, and the gap is said', () => {
    expect(factOf(onset.atMs - 40_000)).toMatchObject({ relation: 'before-onset', blamed: true });
    expect(factOf(onset.atMs - 40_000).sentence).toContain('40 s before it began');
  });

  test('after the latest time of the onset it is never blamed, whenever that is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (afterMs) => {
        const fact = factOf(onset.toMs + afterMs);
        expect(fact.blamed).toBe(false);
        expect(fact.relation).toBe('after-onset');
        expect(placeChange(deployed(onset.toMs + afterMs), onset).weight).toBe(0);
      }),
    );
  });

  test('of another service than the one that is named it is told, and not blamed', () => {
    expect(changeFactOf(placeChange(deployed(onset.atMs - 5000), onset), onset, 'payment').blamed).toBe(false);
  });

  test('a day before says nothing', () => {
    expect(placeChange(deployed(onset.atMs - 24 * 3_600_000), onset).weight).toBe(0);
  });

  test('without an onset nothing is blamed', () => {
    expect(changeFactOf(placeChange(deployed(5), null), null, 'cart')).toMatchObject({
      relation: 'no-onset',
      blamed: false,
    });
  });

  test('weighs less the longer before it lies', () => {
    const weights = [0, 1, 5, 20, 60, 600].map((minutes) => changeWeight(minutes * 60_000));
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
  });
});
