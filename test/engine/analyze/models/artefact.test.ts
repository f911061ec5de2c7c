import { Effect } from 'effect';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openScorer } from '../../../../src/engine/analyze/autoencoder/score.ts';
import { readArtefact, writeArtefact } from '../../../../src/engine/analyze/models/artefact.ts';
import { openJudge } from '../../../../src/engine/analyze/models/judge.ts';
import { onnxParts } from '../../../../src/engine/analyze/models/onnx-parts.ts';
import { trainModels } from '../../../../src/engine/analyze/models/train-models.ts';
import type { Candidate } from '../../../../src/engine/analyze/models/train-request.ts';
import { requestOf, valuesOf } from './support/requests.ts';
import { shopRows } from './support/shop.ts';

const rows = shopRows({ service: 'pay', seed: 1, windows: 900, startMs: 0 });
const request = requestOf(rows);

const whyNot = (file: Uint8Array): Promise<string> =>
  Effect.runPromise(
    readArtefact(file).pipe(
      Effect.map(() => 'readable'),
      Effect.catchTag('ModelUnreadable', ({ reason }) => Effect.succeed(reason)),
    ),
  );

describe('model files', () => {
  let linear: Candidate;
  let wide: Candidate;
  beforeAll(async () => {
    [linear, wide] = (await Effect.runPromise(trainModels(request))).candidates as [Candidate, Candidate];
  });

  test('a linear model as plain arithmetic and as an ONNX graph says the same of every window', async () => {
    const values = valuesOf(rows, linear.card.columns).slice(0, 200 * linear.card.columns.length);
    values[5] = Number.NaN;
    const { plain, graph } = await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const judge = yield* openJudge(yield* readArtefact(linear.file));
          const scorer = yield* openScorer(linear.file);
          return {
            plain: yield* Effect.promise(() => judge.errors(values)),
            graph: (yield* scorer.score(values)).featureErrors,
          };
        }),
      ),
    );
    expect(plain.some((error) => Math.abs(error) > 0.5)).toBe(true);
    expect(plain[5]).toBe(0);
    for (const [at, error] of plain.entries()) expect(graph[at]).toBeCloseTo(error, 3);
  });

  test('a file says what it is of: columns, data, how it was tried; whatever names hold', async () => {
    const columns = wide.card.columns.map((column, index) =>
      index === 0 ? { ...column, subject: 'Server GET /"ü\n\\' } : column,
    );
    const sealed = writeArtefact(wide.file, { ...wide.card, columns });
    const { card } = await Effect.runPromise(readArtefact(sealed));
    // The later card counts: an entry of a map is replaced by one of the same key.
    expect(card.columns).toEqual(columns);
    expect(card.report.windows.learned + card.report.windows.heldBack).toBe(900);
    expect(card.report.losses.length).toBeGreaterThan(5);
    expect(card.family).toBe('autoencoder');
  });

  test('the same windows and seed give the same file', async () => {
    const again = (await Effect.runPromise(trainModels(request))).candidates;
    const withoutTime = (one: Candidate) => ({ ...one.card, report: { ...one.card.report, trainingMs: 0 } });
    expect(again.map(withoutTime)).toEqual([linear, wide].map(withoutTime));
  });

  test('a file that is cut short anywhere, or changed, is unreadable and says why', async () => {
    for (const share of [0, 0.01, 0.3, 0.5, 0.9, 0.999]) {
      expect(await whyNot(linear.file.subarray(0, Math.floor(share * linear.file.length)))).toContain('checksum');
    }
    expect(await whyNot(linear.file.subarray(0, -1))).toContain('checksum');
    const changed = Uint8Array.from(linear.file);
    changed[300]! ^= 1;
    expect(await whyNot(changed)).toBe('its bytes do not match its checksum');
    expect(await whyNot(linear.file)).toBe('readable');
  });

  test('no bytes at all make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        onnxParts(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.nat(linear.file.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(linear.file);
        changed[at] = byte;
        onnxParts(changed);
      }),
    );
  });
});
