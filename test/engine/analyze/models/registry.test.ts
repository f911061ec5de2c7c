import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doModelTask, exportModel, listModels, showModel } from '../../../../src/engine/analyze/models/registry.ts';
import { renderModel, renderModels } from '../../../../src/engine/analyze/models/render-models.ts';
import { trainDue } from '../../../../src/engine/analyze/models/train-due.ts';
import { openVotes, type Votes } from '../../../../src/engine/analyze/models/votes.ts';
import { writeModelFile } from '../../../../src/engine/analyze/models/write-model-file.ts';
import type { FeatureRow } from '../../../../src/engine/domain/feature-row.ts';
import type { Vote } from '../../../../src/engine/domain/vote.ts';
import { type ModelStore, openModelStore } from './support/model-store.ts';
import { byWindow, shopRows, stepMs } from './support/shop.ts';

const windows = 1440;
const nowMs = Math.floor(Date.now() / 600_000) * 600_000;
const startMs = nowMs - windows * stepMs;
const folder = mkdtempSync(join(tmpdir(), 'obs-models-'));

describe('the registry of models', () => {
  let store: ModelStore;
  beforeAll(async () => {
    store = await openModelStore();
    for (const service of ['cart', 'pay'])
      await store.insertFeatures(shopRows({ service, seed: service.length, windows, startMs }));
    await store.run(trainDue(nowMs, null));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const states = async (scope: string) =>
    (await store.run(listModels(scope, true)))
      .filter(({ family }) => family === 'linear')
      .map(({ id, state }) => ({ id, state }));
  const linearOf = async (scope: string) =>
    (await store.run(listModels(scope, false))).find(({ family }) => family === 'linear')!;
  const withVotes = <A>(use: (votes: Votes) => Effect.Effect<A, unknown>): Promise<A> =>
    store.run(Effect.scoped(Effect.flatMap(openVotes, use).pipe(Effect.orDie)));
  const heard = (rows: readonly FeatureRow[]): Promise<readonly (readonly Vote[])[]> =>
    withVotes((votes) =>
      Effect.gen(function* () {
        yield* votes.refresh;
        return yield* Effect.forEach(byWindow(rows), (window) => Effect.promise(() => votes.of(window)));
      }),
    );

  test('is listed and shown for people: data, what was left out, scores; an autoencoder with its losses as a chart', async () => {
    const all = await store.run(listModels(null, true));
    expect(all.map(({ scope, family }) => `${scope} ${family}`).toSorted()).toEqual([
      'cart autoencoder',
      'cart linear',
      'pay autoencoder',
      'pay linear',
    ]);
    expect(renderModels(all, 160)).toContain('% of wrong combinations');
    const wide = all.find(({ scope, family }) => scope === 'cart' && family === 'autoencoder')!;
    const page = renderModel(await store.run(showModel(wide.id.slice(0, 6))), 100);
    expect(page).toContain('1440: 1152 learned, 288 held back');
    expect(page).toMatch(/loss on held-back windows by pass/);
    expect(page).toMatch(/┤|╭|╰/);
    expect(page).toContain(`${wide.bytes} bytes, SHA-256 ${wide.checksum}`);
    const linear = renderModel(await store.run(showModel((await linearOf('cart')).id)), 100);
    expect(linear).toContain('worked out at once');
    await expect(store.run(showModel('zz'))).rejects.toMatchObject({ why: 'no id begins like this' });
  });

  test('a model is pinned, stays whatever is trained, and is unpinned; a rollback brings the one before back', async () => {
    const first = await linearOf('cart');
    const pin = await store.run(doModelTask({ kind: 'pin', model: first.id }, nowMs));
    expect(pin.ok).toBe(true);
    expect((await linearOf('cart')).state).toBe('pinned');
    const [trained] = await store.run(trainDue(nowMs + 1000, 'cart'));
    expect(trained!.models[0]).toMatchObject({ takesOver: false, why: 'the pinned model stays' });
    const second = (await store.run(listModels('cart', true))).find(
      ({ family, state }) => family === 'linear' && state === 'rejected',
    )!;
    // A rejected one may be pinned by whoever knows better; the pinned one gives way.
    await store.run(doModelTask({ kind: 'pin', model: second.id }, nowMs));
    expect(await states('cart')).toEqual([
      { id: second.id, state: 'pinned' },
      { id: first.id, state: 'former' },
    ]);
    expect((await store.run(doModelTask({ kind: 'unpin', scope: 'cart' }, nowMs))).ok).toBe(true);
    const rolled = await store.run(doModelTask({ kind: 'rollback', scope: 'cart' }, nowMs));
    expect(rolled.lines.at(-1)).toContain(`${first.id} (linear model of cart) votes again`);
    expect(await states('cart')).toEqual([
      { id: second.id, state: 'rejected' },
      { id: first.id, state: 'current' },
    ]);
    // Nothing before it: the service has no vote then, which is said.
    const last = await store.run(doModelTask({ kind: 'rollback', scope: 'cart' }, nowMs));
    expect(last.lines.at(-1)).toContain('cart has no linear vote');
    const none = await store.run(doModelTask({ kind: 'rollback', scope: 'cart' }, nowMs));
    expect(none).toEqual({ ok: false, lines: ['No model of cart votes.'] });
    expect((await store.run(doModelTask({ kind: 'unpin', scope: 'nobody' }, nowMs))).ok).toBe(false);
    expect((await store.run(doModelTask({ kind: 'pin', model: 'zz' }, nowMs))).ok).toBe(false);
    // The voices follow: only the other service is heard.
    const [votes] = await heard(
      ['cart', 'pay'].flatMap((service) => shopRows({ service, seed: 9, windows: 1, startMs: nowMs })),
    );
    expect(votes!.map(({ service }) => service)).toEqual(['pay']);
    await store.run(doModelTask({ kind: 'pin', model: first.id }, nowMs));
  });

  test('an exported file opens in ONNX Runtime as it is, and imported elsewhere it says the same', async () => {
    const model = await linearOf('pay');
    const path = join(folder, 'pay.onnx');
    await store.run(Effect.flatMap(exportModel(model.id), (exported) => writeModelFile(exported, path)));
    const session = await InferenceSession.create(path);
    const columns = (session.inputMetadata[0] as { shape: readonly number[] }).shape[1]!;
    const { feature_errors: errors } = await session.run({
      windows: new Tensor('float32', new Float32Array(2 * columns).fill(Number.NaN), [2, columns]),
    });
    expect(errors!.dims).toEqual([2, columns]);
    await session.release();

    const rows = shopRows({ service: 'pay', seed: 11, windows: 60, startMs: nowMs });
    const here = (await heard(rows)).map((votes) => votes.filter(({ service }) => service === 'pay'));
    // Elsewhere: the row is gone, as in a store that never had it.
    await store.tamper(`ALTER TABLE obs_models DELETE WHERE Scope = 'pay' SETTINGS mutations_sync = 2`);
    expect((await heard(rows)).flat()).toEqual([]);
    const imported = await store.run(doModelTask({ kind: 'import', file: path }, nowMs));
    expect(imported).toMatchObject({ ok: true, lines: [expect.stringContaining('it votes')] });
    const there = await heard(rows);
    const errorsOf = (votes: readonly (readonly Vote[])[]) =>
      votes.map((said) => said.map(({ error, carriers }) => [error, carriers]));
    expect(here.length).toBe(60);
    expect(here.every((said) => said.length === 1)).toBe(true);
    expect(errorsOf(there)).toEqual(errorsOf(here));
    const twice = await store.run(doModelTask({ kind: 'import', file: path }, nowMs));
    expect(twice.ok).toBe(false);
    expect((await store.run(showModel((await linearOf('pay')).id))).report!.windows.learned).toBe(1152);
  });

  test('a service that nobody knows is not one with too little data', async () => {
    const answer = await store.run(doModelTask({ kind: 'train', scope: 'nosuch' }, nowMs));
    expect(answer).toEqual({
      ok: false,
      lines: [
        'Cannot train models of nosuch: no service of this name was watched lately.',
        expect.stringMatching(/^There are .*cart, .*pay/),
      ],
    });
  });

  test('what is no model of ours is not imported, and why', async () => {
    const { file } = await store.run(exportModel((await linearOf('pay')).id));
    const cut = join(folder, 'cut.onnx');
    writeFileSync(cut, file.subarray(0, 2000));
    const text = join(folder, 'text.onnx');
    writeFileSync(text, 'not a model');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [path, why] of [
      [cut, 'the checksum at its end is missing'],
      [text, 'the checksum at its end is missing'],
      [join(folder, 'absent.onnx'), 'absent.onnx: there is no such file'],
      [pipe, 'it is no file'],
      [folder, 'it is no file'],
    ] as const) {
      const answer = await store.run(doModelTask({ kind: 'import', file: path }, nowMs));
      expect(answer.ok).toBe(false);
      expect(answer.lines[0]).toContain(why);
    }
  });

  test('a stored model that was cut short or changed is skipped and said; the others vote on', async () => {
    const model = await linearOf('pay');
    const damage = async (artefact: string): Promise<void> =>
      store.tamper(
        `ALTER TABLE obs_models UPDATE Artefact = ${artefact} WHERE Id = '${model.id}' SETTINGS mutations_sync = 2`,
      );
    const skipped = () => withVotes((votes) => votes.refresh);
    const whole = await skipped();
    expect(whole).toEqual({ loaded: 2, skipped: [] });
    await damage('substring(Artefact, 1, 2000)');
    expect(await skipped()).toEqual({
      loaded: 1,
      skipped: [{ scope: 'pay', id: model.id, why: `it has 1500 of ${model.bytes} bytes: it was cut short` }],
    });
    await damage(`base64Encode(repeat('x', ${model.bytes}))`);
    expect((await skipped()).skipped[0]!.why).toBe('its bytes do not match its checksum');
    await expect(store.run(exportModel(model.id))).rejects.toMatchObject({
      why: 'its bytes do not match its checksum',
    });
    const rows = ['cart', 'pay'].flatMap((service) => shopRows({ service, seed: 9, windows: 1, startMs: nowMs }));
    expect((await heard(rows)).flat().map(({ service }) => service)).toEqual(['cart']);
    // It is replaced by the next one that is trained.
    const [report] = await store.run(trainDue(nowMs + 5000, 'pay'));
    expect(report!.models[0]).toMatchObject({ family: 'linear', takesOver: true });
    expect((await skipped()).skipped).toEqual([]);
  });

  test('a window is heard once, in its order; too few values or a long silence and what was before is forgotten', async () => {
    const rows = shopRows({
      service: 'cart',
      seed: 12,
      windows: 400,
      startMs: nowMs,
      oddities: [{ from: 340, to: 380, what: 'backwards' }],
    });
    const inOrder = byWindow(rows);
    const said = await withVotes((votes) =>
      Effect.gen(function* () {
        yield* votes.refresh;
        const of = (window: readonly FeatureRow[]) =>
          Effect.map(
            Effect.promise(() => votes.of(window)),
            (all) => all[0] ?? null,
          );
        const errors: number[] = [];
        for (const window of inOrder.slice(0, 380)) errors.push((yield* of(window))!.error);
        const again = yield* of(inOrder[379]!);
        const few = yield* of(inOrder[380]!.map((row) => ({ ...row, values: { calls: 1 } })));
        const afterwards = (yield* of(inOrder[381]!))!.error;
        const muchLater = (yield* of(inOrder[399]!))!.error;
        return { errors, again, few, afterwards, muchLater };
      }),
    );
    const usual = Math.max(...said.errors.slice(0, 340));
    expect(said.errors[379]!).toBeGreaterThan(3 * usual);
    expect(said.again).toBe(null);
    expect(said.few).toBe(null);
    // It still remembers the window before …
    expect(said.afterwards).toBeGreaterThan(usual);
    // … and three minutes later it does not.
    expect(said.muchLater).toBeLessThan(usual);
  });

  test('the calls between all services have a model of their own, which votes for the service that calls', async () => {
    const minutes = 300;
    const edges = (from: number, count: number, broken: boolean): readonly FeatureRow[] =>
      ['web', 'api'].flatMap((service, index) =>
        shopRows({ service, seed: 20 + index + from, windows: count, startMs: 0 })
          .filter(({ kind }) => kind === 'service')
          .map((row, minute) => {
            const { calls, errors, p95_ms: p95 } = row.values;
            const odd = broken && service === 'api' && minute >= count - 20;
            return {
              ...row,
              kind: 'edge' as const,
              subject: service === 'web' ? 'api' : 'db',
              seconds: 60 as const,
              timeMs: nowMs + (from - minutes + minute) * 60_000,
              values: { calls: calls!, errors: odd ? 3 : errors!, p95_ms: odd ? 16 : p95! },
            };
          }),
      );
    await store.insertFeatures(edges(0, minutes, false));
    const [report] = await store.run(trainDue(nowMs, 'edges'));
    expect(report!.models[0]).toMatchObject({ family: 'linear', takesOver: true });
    const heardThem = (await heard(edges(minutes, 360, true))).map(
      (votes) => new Map(votes.map((vote) => [vote.service, vote.error])),
    );
    expect([...heardThem[0]!.keys()].toSorted()).toEqual(['api', 'web']);
    const highest = (service: string, from: number, to: number) =>
      Math.max(...heardThem.slice(from, to).map((votes) => votes.get(service)!));
    expect(highest('api', 341, 360)).toBeGreaterThan(2 * highest('api', 0, 340));
    expect(highest('web', 341, 360)).toBeLessThan(2 * highest('web', 0, 340));
  });
});
