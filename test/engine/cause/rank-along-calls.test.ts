import { describe, expect, test } from 'vitest';
import { rankCauses } from '../../../src/engine/cause/rank.ts';
import { whyOf } from '../../../src/engine/cause/why.ts';
import type { CauseInput } from '../../../src/engine/cause/input.ts';
import { alarmAt, system } from './system.ts';

const slow = { entity: 'web', kind: 'latency' } as const;
const failing = { entity: 'web', kind: 'errors' } as const;
const namesOf = (input: CauseInput): string[] => rankCauses(input).entities.map(({ name }) => name);

describe('causes along calls', () => {
  test('callers that wait for a slow callee are its victims', () => {
    const input = system({
      calls: ['web → cart', 'web → search', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
    });
    const { entities, method, onset } = rankCauses(input);
    expect(method).toBe('calls');
    expect(entities[0]?.name).toBe('db');
    expect(entities[0]?.metric).toBe('db_latency');
    expect(entities[0]?.onset?.at).toBe(alarmAt);
    expect(onset?.at).toBe(alarmAt);
  });

  test('a caller that is slow by itself is not excused by quick callees', () => {
    const input = system({
      calls: ['web → cart', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 } },
      alarm: slow,
    });
    expect(namesOf(input)[0]).toBe('cart');
  });

  test('the alarmed entity itself is named when nothing below it changed', () => {
    const input = system({ calls: ['web → cart'], fault: { web: { latency: 0.4 } }, alarm: slow });
    expect(namesOf(input)[0]).toBe('web');
  });

  test('failures are followed like waits', () => {
    const input = system({
      calls: ['web → cart', 'cart → db', 'web → search'],
      fault: { web: { errors: 0.1 }, cart: { errors: 0.1 }, db: { errors: 0.1 }, search: { latency: 5 } },
      alarm: failing,
    });
    const [first] = rankCauses(input).entities;
    expect(first?.name).toBe('db');
    expect(whyOf(first!)).toContain("100 % of the alarm's errors passes through it");
    expect(whyOf(first!)).toMatch(/\(0 % → (10|9\.\d+) % failed\)/);
  });

  test('failures that never reached the caller are not the reason of its slowness', () => {
    const input = system({
      calls: ['web → cart', 'web → search'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, search: { errors: 1 } },
      alarm: slow,
    });
    expect(namesOf(input)[0]).toBe('cart');
  });

  test('a dependency that was never called before the trouble is a symptom of its caller', () => {
    const input = system({
      calls: ['web → cart', 'cart → invalid'],
      fault: { web: { errors: 0.3 }, cart: { errors: 0.3 }, invalid: { errors: 1 } },
      alarm: failing,
    });
    const series = input.metrics!.series.map((each) =>
      each.name === 'invalid_requests'
        ? { ...each, history: each.history.map(() => 0), recent: Float64Array.of(0, 0, 30, 30, 30) }
        : each,
    );
    expect(namesOf({ ...input, metrics: { ...input.metrics!, series } })[0]).toBe('cart');
  });

  test('siblings that fail together are both above everything else', () => {
    const input = system({
      calls: ['web → cart', 'web → search', 'web → user', 'cart → db'],
      fault: { web: { latency: 0.7 }, cart: { latency: 0.4 }, search: { latency: 0.4 } },
      alarm: slow,
    });
    expect(namesOf(input).slice(0, 2).sort()).toEqual(['cart', 'search']);
  });

  test('a client that stands before a service in the graph takes nothing from it', () => {
    const input = system({
      calls: ['web → client of cart', 'client of cart → cart', 'web → search'],
      fault: { web: { latency: 0.4 }, 'client of cart': { latency: 0.41 }, cart: { latency: 0.4 } },
      alarm: slow,
    });
    expect(namesOf(input)[0]).toBe('cart');
  });

  test('calls in circles end, and the slow one of the circle is found', () => {
    const input = system({
      calls: ['web → cart', 'cart → price', 'price → cart', 'price → web', 'price → db', 'db → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, price: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
    });
    expect(namesOf(input)[0]).toBe('db');
  });

  test('an alarm that comes five minutes late does not take the first bad row for usual', () => {
    const input = system({
      calls: ['web → cart', 'web → search', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
    });
    const [first] = rankCauses({ ...input, alarmAt: alarmAt + 300_000 }).entities;
    expect(first?.name).toBe('db');
    const flow = first?.terms.find((term) => term.term === 'flow');
    expect(flow?.term === 'flow' && flow.usual).toBeCloseTo(0.1, 2);
  });

  test.each([0, 1])('%i rows before the alarm suffice', (rowsBefore) => {
    const input = system({
      calls: ['web → cart', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
      rowsBefore,
    });
    expect(namesOf(input)[0]).toBe('db');
  });

  test('values that are missing where the fault is are filled in from its other rows', () => {
    const input = system({
      calls: ['web → cart', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
    });
    const series = input.metrics!.series.map((each) =>
      each.name.startsWith('db_') ? { ...each, recent: each.recent.with(2, Number.NaN) } : each,
    );
    expect(namesOf({ ...input, metrics: { ...input.metrics!, series } })[0]).toBe('db');
  });

  test('without counts of requests the calls are followed all the same', () => {
    const input = system({
      calls: ['web → cart', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
    });
    const series = input.metrics!.series.filter(({ kind }) => kind === 'latency');
    expect(namesOf({ ...input, metrics: { ...input.metrics!, series } })[0]).toBe('db');
  });

  test('what began after the alarm’s trouble keeps half of its score', () => {
    const described = {
      calls: ['web → cart', 'web → search'],
      fault: { web: { latency: 0.7 }, cart: { latency: 0.4 }, search: { latency: 0.4 } },
      alarm: slow,
    };
    const input = system(described);
    const series = input.metrics!.series.map((each) =>
      each.name === 'search_latency' ? { ...each, recent: Float64Array.of(0.1, 0.1, 0.1, 0.1, 0.9) } : each,
    );
    const { entities } = rankCauses({ ...input, metrics: { ...input.metrics!, series } });
    const late = entities.find(({ name }) => name === 'search');
    expect(entities[0]?.name).toBe('cart');
    expect(late?.terms.some(({ term }) => term === 'late')).toBe(true);
    expect(whyOf(late!)).toContain('began after');
  });

  test('a deep chain of 2,000 entities and wide fans are ranked in less than two seconds', () => {
    const names = Array.from({ length: 2000 }, (_, index) => (index === 0 ? 'web' : `s${index}`));
    const calls = names
      .slice(1)
      .flatMap((name, index) => [`${names[index]} → ${name}`, `${names[index >> 1]} → ${name}`]);
    const fault = Object.fromEntries(names.slice(0, 1500).map((name) => [name, { latency: 0.4 }]));
    const input = system({ calls, fault, alarm: slow });
    const from = performance.now();
    const { entities } = rankCauses(input);
    expect(performance.now() - from).toBeLessThan(2000);
    expect(entities.length).toBe(2000);
    expect(entities.every(({ score }) => Number.isFinite(score))).toBe(true);
  });

  test('names and the order of the input change nothing', () => {
    const described = {
      calls: ['web → cart', 'web → search', 'cart → db'],
      fault: { web: { latency: 0.4 }, cart: { latency: 0.4 }, db: { latency: 0.4 } },
      alarm: slow,
    };
    const input = system(described);
    const shuffled = { ...input, metrics: { ...input.metrics!, series: input.metrics!.series.toReversed() } };
    expect(rankCauses(shuffled).entities).toEqual(rankCauses(input).entities);
  });
});
