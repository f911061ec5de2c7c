import { describe, expect, test } from 'vitest';
import { driftCandidates, dueByCount } from '../../../../src/engine/analyze/models/due.ts';
import type { ModelRow } from '../../../../src/engine/analyze/models/model-rows.ts';

const model = (scope: string, more: Partial<ModelRow> = {}): ModelRow => ({
  id: scope,
  scope,
  family: 'linear',
  trainedMs: 0,
  state: 'current',
  why: '',
  dataFromMs: 0,
  dataToMs: 0,
  checksum: '',
  bytes: 1,
  version: '1',
  ...more,
});
const hour = 3_600_000;

describe('when a model is due', () => {
  test('the first after two hours, the next ones when there is as much again, at last daily; the most overdue first', () => {
    const due = (windows: number, fresh: number, models: readonly ModelRow[]) =>
      dueByCount([{ scope: 'a', windows, fresh }], models).map(({ why }) => why);
    expect(due(719, 719, [])).toEqual([]);
    expect(due(720, 720, [])).toEqual(['first']);
    expect(due(1439, 719, [model('a')])).toEqual([]);
    expect(due(1440, 720, [model('a')])).toEqual(['count']);
    expect(due(17_280, 8639, [model('a')])).toEqual([]);
    expect(due(17_280, 8640, [model('a')])).toEqual(['count']);
    // One that was tried and rejected counts as well.
    expect(due(800, 80, [model('a', { state: 'rejected', bytes: 0 })])).toEqual([]);
    const scopes = [
      { scope: 'new', windows: 730, fresh: 730 },
      { scope: 'late', windows: 5000, fresh: 5000 },
      { scope: 'edges', windows: 240, fresh: 240 },
    ];
    expect(dueByCount(scopes, []).map(({ scope }) => scope)).toEqual(['late', 'new', 'edges']);
  });

  test('every voting model has its turn to be looked at for drift, but those that were just trained', () => {
    const models = Array.from({ length: 50 }, (_, index) => model(`s${index}`));
    const seen = new Set<string>();
    for (let look = 0; look < 3; look++) {
      const now = driftCandidates(models, new Set(), 10 * hour + look * 300_000);
      expect(now.length).toBeLessThanOrEqual(20);
      for (const { scope } of now) seen.add(scope);
    }
    expect(seen.size).toBe(50);
    const fresh = model('fresh', { dataToMs: 9 * hour });
    const pinned = model('pinned', { state: 'pinned' });
    expect(driftCandidates([fresh, pinned], new Set(), 10 * hour)).toEqual([]);
  });
});
