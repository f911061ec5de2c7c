import { describe, expect, test } from 'vitest';
import { chosenFaults, faultNames } from '../../../src/engine/demo/fault-names.ts';
import { faults, instancesFor } from '../../../src/engine/demo/faults.ts';

describe('choosing faults', () => {
  test('takes several, each once, and none alone', () => {
    expect(chosenFaults(['n-plus-one', 'slow-dependency', 'n-plus-one'])).toEqual(['slow-dependency', 'n-plus-one']);
    expect(chosenFaults(['none'])).toEqual([]);
  });

  test('none goes with no other', () => {
    expect(chosenFaults(['none', 'hot-key'])).toBeUndefined();
  });

  test('a shop has what all of them need', () => {
    expect(instancesFor(['serial-calls', 'instance-queue', 'hot-key'])).toEqual({ inventory: 2, carriers: 1 });
    expect(instancesFor([])).toEqual({});
  });

  test('there are more than twelve, each under its own name', () => {
    expect(faultNames.length).toBeGreaterThan(12);
    for (const name of faultNames) expect(faults[name].name).toBe(name);
  });
});
