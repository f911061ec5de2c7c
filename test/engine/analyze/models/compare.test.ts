import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import { randomFrom, shuffle } from '../../../../src/engine/analyze/autoencoder/random.ts';
import { decide } from '../../../../src/engine/analyze/models/decide.ts';
import { farOut } from '../../../../src/engine/analyze/models/far-out.ts';
import { trackedScores } from '../../../../src/engine/analyze/models/judge.ts';
import { fitLinear, linearErrors } from '../../../../src/engine/analyze/models/linear-model.ts';
import type { Proof } from '../../../../src/engine/analyze/models/report.ts';
import { trainModels } from '../../../../src/engine/analyze/models/train-models.ts';
import type { Candidate, TrainedModels } from '../../../../src/engine/analyze/models/train-request.ts';
import { usualSizes } from '../../../../src/engine/analyze/models/usual-sizes.ts';
import { requestOf, valuesOf } from './support/requests.ts';
import { shopRows } from './support/shop.ts';

const rows = shopRows({ service: 'pay', seed: 1, windows: 1440, startMs: 0 });
const request = requestOf(rows);
const columns = request.columns.length;

describe('who takes over', () => {
  test('a worse model does not: one that learned from windows whose values have nothing to do with each other', async () => {
    const good = await Effect.runPromise(trainModels(request));
    const file = good.candidates[0]!.file;
    const current = [{ id: 'good', family: 'linear', file }] as const;
    // Each column in an order of its own, in the part that is learned; held-back time is as it was.
    const values = Float32Array.from(request.values);
    const random = randomFrom(3);
    for (let column = 0; column < columns; column++) {
      const order = Int32Array.from({ length: 1152 }, (_, row) => row);
      shuffle(order, random);
      for (let row = 0; row < 1152; row++)
        values[row * columns + column] = request.values[order[row]! * columns + column]!;
    }
    const worse = await Effect.runPromise(trainModels({ ...request, values, current }));
    const verdict = decide(worse, new Set())[0]!;
    expect(worse.candidates[0]!.tried.proof.found).toBeLessThan(worse.current[0]!.tried!.proof.found - 0.1);
    expect(verdict).toMatchObject({ takesOver: false, current: { id: 'good', stays: true } });

    // And the other way about: the good one takes over from the worse one, on the very same windows.
    const worseFile = worse.candidates[0]!.file;
    const better = await Effect.runPromise(
      trainModels({ ...request, current: [{ id: 'worse', family: 'linear', file: worseFile }] }),
    );
    expect(decide(better, new Set())[0]).toMatchObject({ takesOver: true, current: { id: 'worse', stays: false } });
    // Unless that is pinned.
    expect(decide(better, new Set(['worse']))[0]).toMatchObject({ takesOver: false, why: 'the pinned model stays' });
  });

  test('the same once more does not, and what cannot be read gives way', async () => {
    const first = await Effect.runPromise(trainModels(request));
    const { file } = first.candidates[0]!;
    const current = [{ id: 'now', family: 'linear', file }] as const;
    const again = await Effect.runPromise(trainModels({ ...request, current }));
    expect(decide(again, new Set())[0]).toMatchObject({ takesOver: false, current: { stays: true } });
    const cut = [{ id: 'now', family: 'linear', file: file.subarray(0, 900) }] as const;
    const broken = await Effect.runPromise(trainModels({ ...request, current: cut }));
    expect(broken.current[0]!.why).toContain('checksum');
    expect(decide(broken, new Set())[0]).toMatchObject({ takesOver: true, current: { id: 'now', stays: false } });
  });

  const proof = (more: Partial<Proof>): Proof => ({
    windows: 500,
    threshold: 2,
    falseShare: 0.005,
    combinations: 10,
    found: 0.8,
    control: 0,
    laterShare: 0,
    median: 1,
    ...more,
  });
  const hits = (found: string): boolean[] => [...found].map((one) => one === 'x');
  const candidate = (family: 'linear' | 'autoencoder', found: string, more: Partial<Proof> = {}): Candidate => ({
    card: { family, trainedMs: 0 } as Candidate['card'],
    file: new Uint8Array(),
    tried: { hits: hits(found), proof: proof({ found: hits(found).filter(Boolean).length / found.length, ...more }) },
  });
  const now = (
    family: 'linear' | 'autoencoder',
    found: string,
    more: Partial<Proof> = {},
  ): TrainedModels['current'][number] => ({
    id: family,
    family,
    tried: candidate(family, found, more).tried,
    why: null,
  });

  test('an autoencoder votes only for what it finds and the linear model does not', () => {
    const linear = candidate('linear', 'xxxxxxxx..');
    const same = decide({ candidates: [linear, candidate('autoencoder', 'xxxxxxx...')], current: [] }, new Set());
    expect(same.map(({ takesOver }) => takesOver)).toEqual([true, false]);
    const more = decide({ candidates: [linear, candidate('autoencoder', 'xxxx....xx')], current: [] }, new Set());
    expect(more.map(({ takesOver }) => takesOver)).toEqual([true, true]);
    // One that voted, and now brings nothing, no longer does.
    const current = [now('autoencoder', 'xxxxxxxx..')];
    const [, gone] = decide({ candidates: [linear, candidate('autoencoder', 'xxxxxxxx..')], current }, new Set());
    expect(gone).toMatchObject({ takesOver: false, current: { id: 'autoencoder', stays: false } });
  });

  test('a model whose usual windows now score twice gives way to one that finds as much', () => {
    const candidates = [candidate('linear', 'xxxxxxxx..')];
    const calm = decide({ candidates, current: [now('linear', 'xxxxxxxx..', { median: 1.1 })] }, new Set());
    const off = decide({ candidates, current: [now('linear', 'xxxxxxxx..', { median: 2 })] }, new Set());
    expect([calm[0]!.takesOver, off[0]!.takesOver]).toEqual([false, true]);
  });

  test('one that no longer tells anything does not vote on, though there is nothing better', () => {
    const candidates = [candidate('linear', '..........')];
    const [verdict] = decide({ candidates, current: [now('linear', '..........')] }, new Set());
    expect(verdict).toMatchObject({ takesOver: false, current: { id: 'linear', stays: false } });
  });
});

describe('what nobody found', () => {
  test('quiet hours have nothing far out; an incident of a different tie between values has, and not learning it matters', () => {
    const begins = Array.from({ length: 1440 }, (_, row) => row === 0);
    expect(farOut(request.values, columns, begins).some((far) => far === 1)).toBe(false);
    const odd = { from: 650, to: 770, what: 'backwards' } as const;
    const poisoned = valuesOf(
      shopRows({ service: 'pay', seed: 1, windows: 1440, startMs: 0, oddities: [odd] }),
      request.columns,
    );
    const far = farOut(poisoned, columns, begins);
    const inside = far.subarray(650, 770).reduce((sum, one) => sum + one, 0);
    expect(inside).toBeGreaterThan(90);
    expect(far.reduce((sum, one) => sum + one, 0) - inside).toBeLessThanOrEqual(40);

    const kept = poisoned.filter((_, at) => far[Math.floor(at / columns)] === 0);
    const again = valuesOf(
      shopRows({
        service: 'pay',
        seed: 2,
        windows: 720,
        startMs: 0,
        oddities: [{ from: 340, to: 400, what: 'backwards' }],
      }),
      request.columns,
    );
    const contrast = (learned: Float32Array): number => {
      const model = fitLinear(learned, columns);
      const usual = usualSizes(linearErrors(model, learned), columns, (row) => row === 0);
      const card = { usual, groups: [{ service: '', columns, usual: 1 }] };
      const scores = trackedScores(card, linearErrors(model, again), (row) => row === 0);
      return Math.max(...scores.subarray(340, 400)) / Math.max(...scores.subarray(0, 340));
    };
    expect(contrast(kept)).toBeGreaterThan(2 * contrast(poisoned));
  });
});
