import { describe, expect, test } from 'vitest';
import { rankCauses } from '../../../src/engine/cause/rank.ts';
import type { CauseInput, MetricSeries } from '../../../src/engine/cause/input.ts';
import { whyOf } from '../../../src/engine/cause/why.ts';
import { system } from './system.ts';

const namesOf = (input: CauseInput): string[] => rankCauses(input).entities.map(({ name }) => name);

describe('causes without a graph', () => {
  test('the entity whose metric rose most is first', () => {
    const input = system({
      calls: [],
      fault: { a: { cpu: 21, memory: 500 }, b: { cpu: 90, memory: 510 }, c: { cpu: 30, memory: 500 } },
    });
    const { entities, metrics, method } = rankCauses(input);
    expect(method).toBe('deviations');
    expect(entities[0]).toMatchObject({ name: 'b', metric: 'b_cpu' });
    expect(metrics[0]).toMatchObject({ metric: 'b_cpu', kind: 'cpu' });
    expect(whyOf(entities[0]!)).toMatch(/^b_cpu 20(\.\d)? → 90, /);
  });

  test('memory that rises leads the CPU that its allocation burns', () => {
    const input = system({ calls: [], fault: { a: { cpu: 95, memory: 900 }, b: { cpu: 25, memory: 500 } } });
    expect(
      rankCauses(input)
        .metrics.slice(0, 2)
        .map(({ metric }) => metric),
    ).toEqual(['a_memory', 'a_cpu']);
  });

  test('CPU alone stays CPU', () => {
    const input = system({ calls: [], fault: { a: { cpu: 95, memory: 505 }, b: { cpu: 25, memory: 500 } } });
    expect(rankCauses(input).metrics[0]?.metric).toBe('a_cpu');
  });

  test('one spike is not a change', () => {
    const rows = 60;
    const series = (entity: number, name: string, recent: (row: number) => number): MetricSeries => ({
      entity,
      kind: 'cpu',
      name,
      history: Float64Array.from({ length: rows }, (_, row) => 20 + (row % 5)),
      recent: Float64Array.from({ length: rows }, (_, row) => recent(row)),
    });
    const { entities } = rankCauses({
      entities: [
        { name: 'spiky', kind: 'service' },
        { name: 'lasting', kind: 'service' },
      ],
      calls: [],
      metrics: {
        recentMs: null,
        series: [series(0, 'spiky_cpu', (row) => (row === 7 ? 5000 : 22)), series(1, 'lasting_cpu', () => 45)],
      },
    });
    expect(entities[0]?.name).toBe('lasting');
  });

  test('constant, empty and missing series are no reason, and break nothing', () => {
    const flat = (entity: number, values: readonly number[]): MetricSeries => ({
      entity,
      kind: 'other',
      name: `m${entity}`,
      history: Float64Array.from(values),
      recent: Float64Array.from(values),
    });
    const entities = ['flat', 'empty', 'missing', 'infinite', 'bare'].map((name) => ({ name, kind: 'pod' as const }));
    const { entities: ranked, metrics } = rankCauses({
      entities,
      calls: [],
      metrics: {
        recentMs: null,
        series: [flat(0, [3, 3, 3]), flat(1, []), flat(2, [Number.NaN, Number.NaN]), flat(3, [Infinity, -Infinity])],
      },
    });
    expect(ranked).toEqual([]);
    expect(metrics.map(({ score }) => score)).toEqual([0, 0, 0, 0]);
  });

  test('nothing at all gives nothing', () => {
    expect(rankCauses({ entities: [], calls: [] })).toMatchObject({ entities: [], metrics: [], onset: null });
  });

  test('an alarm whose entity has no such metric falls back to each by itself', () => {
    const input = system({ calls: ['web → cart'], fault: { web: { cpu: 20 }, cart: { cpu: 90 } } });
    const series = input.metrics!.series.filter(({ kind }) => kind === 'cpu');
    const { method, entities } = rankCauses({
      ...input,
      metrics: { ...input.metrics!, series },
      alarm: { entity: 0, kind: 'latency' },
    });
    expect(method).toBe('deviations');
    expect(entities[0]?.name).toBe('cart');
  });
});

describe('what else is joined', () => {
  test('a resource of the entity that the trouble comes from is part of its reasons, that of a bystander is not', () => {
    const input = system({
      calls: ['web → cart', 'web → search'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4, cpu: 95 }, other: { cpu: 99 } },
      alarm: { entity: 'web', kind: 'latency' },
    });
    const { entities } = rankCauses(input);
    expect(entities[0]?.name).toBe('cart');
    expect(entities[0]?.terms.map(({ term }) => term).sort()).toEqual(['flow', 'metric']);
    expect(entities.map(({ name }) => name)).not.toContain('other');
  });

  test('residents of one host that suffer together, and nobody else, point to the host', () => {
    const input = system({
      calls: ['web → cart', 'web → search', 'web → user'],
      runsOn: ['cart @ host-1', 'search @ host-1', 'user @ host-2', 'web @ host-2'],
      fault: { web: { latency: 1 }, cart: { latency: 0.55 }, search: { latency: 0.55 } },
      alarm: { entity: 'web', kind: 'latency' },
    });
    const [first] = rankCauses(input).entities;
    expect(first?.name).toBe('host-1');
    expect(whyOf(first!)).toContain('2 of 2 on this host');
  });

  test('one sick resident is its own matter', () => {
    const input = system({
      calls: ['web → cart', 'web → search'],
      runsOn: ['cart @ host-1', 'search @ host-1', 'web @ host-2'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 } },
      alarm: { entity: 'web', kind: 'latency' },
    });
    expect(namesOf(input)[0]).toBe('cart');
  });

  test('what another source found is added to the score and said in its words', () => {
    const { entities } = rankCauses({
      entities: [
        { name: 'a', kind: 'pod' },
        { name: 'b', kind: 'pod' },
      ],
      calls: [],
      deviations: [
        { entity: 1, source: 'structure', kind: 'errors', score: 12, why: 'it stopped calling the database' },
        { entity: 1, source: 'timing', kind: 'latency', score: 3, why: 'its calls start 100 ms late' },
        { entity: 0, source: 'timing', kind: 'latency', score: 9, why: 'slow' },
      ],
    });
    expect(entities.map(({ name, score }) => [name, score])).toEqual([
      ['b', 15],
      ['a', 9],
    ]);
    expect(whyOf(entities[0]!)).toBe('it stopped calling the database; its calls start 100 ms late');
  });

  test('a host’s own CPU is a reason where the trouble passes through who runs on it', () => {
    const input = system({
      calls: ['web → cart', 'web → search'],
      runsOn: ['cart @ host-1', 'search @ host-2', 'web @ host-3'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, 'host-1': { cpu: 99 }, 'host-2': { cpu: 99 } },
      alarm: { entity: 'web', kind: 'latency' },
    });
    const { entities } = rankCauses(input);
    const score = (name: string): number => entities.find((each) => each.name === name)?.score ?? 0;
    expect(score('host-1')).toBeGreaterThan(10 * score('host-2'));
  });

  test('an alarm of an entity that calls nothing is its own', () => {
    const input = system({
      calls: ['web → cart'],
      fault: { web: { latency: 0.9 }, cart: { latency: 0.4 } },
      alarm: { entity: 'cart', kind: 'latency' },
    });
    expect(namesOf(input)).toEqual(['cart']);
  });
});
