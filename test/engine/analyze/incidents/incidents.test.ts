import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../../src/engine/domain/limits.ts';
import type { Anomaly, AnomalySeverity, Incident } from '../../../../src/engine/domain/anomaly.ts';
import {
  createIncidents,
  type Incidents,
  type IncidentStep,
} from '../../../../src/engine/analyze/incidents/incidents.ts';
import { anomaly, calls, hostAnomaly, minute, t0 } from './support/drawn.ts';

const shop = calls('frontend > checkout > payment > ledger', 'frontend > catalogue > search');

const push = (
  incidents: Incidents,
  at: number,
  anomalies: readonly Anomaly[] = [],
  more: Partial<IncidentStep> = {},
): readonly Incident[] => incidents.push({ anomalies, edges: shop, history: [], ...more, nowMs: t0 + at * minute });

/** The services of each incident that one push opens. */
const opened = (anomalies: readonly Anomaly[], more: Partial<IncidentStep> = {}): readonly string[] =>
  push(createIncidents(null), 1, anomalies, more).map(({ services }) => services.join(' '));

const ended = (one: Anomaly, at: number): Anomaly => ({ ...one, endMs: t0 + at * minute });

describe('what belongs together', () => {
  test('a failure that travels from the called to the callers is one incident', () => {
    const [incident, ...others] = push(createIncidents(null), 1, [
      anomaly('payment'),
      anomaly('checkout', { from: 0.3 }),
      anomaly('frontend', { from: 0.5 }),
    ]);
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      services: ['checkout', 'frontend', 'payment'],
      origin: 'payment',
      startMs: t0,
      endMs: null,
      summary: 'payment: p99_ms of payment 4× its usual 100; also in checkout and frontend',
    });
    expect(incident!.id).toMatch(/^[0-9a-f]{8}$/);
  });

  test('services three calls apart are two incidents, unless one between them has it too', () => {
    const far = [anomaly('ledger'), anomaly('frontend')];
    expect(opened(far).toSorted()).toEqual(['frontend', 'ledger']);
    expect(opened([...far, anomaly('checkout')])).toEqual(['checkout frontend ledger']);
  });

  test('near on the graph and far in time are two; overlapping within the hour are one', () => {
    expect(opened([anomaly('payment', { to: 1 }), anomaly('checkout', { from: 7 })])).toHaveLength(2);
    expect(opened([anomaly('payment', { to: 10 }), anomaly('checkout', { from: 7 })])).toHaveLength(1);
    expect(opened([anomaly('payment'), anomaly('checkout', { from: 59 })])).toHaveLength(1);
    expect(opened([anomaly('payment'), anomaly('checkout', { from: 61 })])).toHaveLength(2);
    // In one service however long it has gone on.
    expect(opened([anomaly('payment'), anomaly('payment', { from: 600 })])).toHaveLength(1);
  });

  test('a gateway that everybody is called by does not make neighbours of them', () => {
    const behind = Array.from({ length: 30 }, (_, index) => `gateway > s${index}`);
    expect(opened([anomaly('s1'), anomaly('s2')], { edges: calls(...behind) })).toHaveLength(2);
    expect(opened([anomaly('s1'), anomaly('s2'), anomaly('gateway')], { edges: calls(...behind) })).toHaveLength(1);
  });

  test('with no calls known, three that start in the same windows are one failure, two are a coincidence', () => {
    const one = [anomaly('a'), anomaly('b', { from: 0.3 })];
    expect(opened(one, { edges: [] })).toEqual(['a', 'b']);
    expect(opened([...one, anomaly('c', { from: 0.5 })], { edges: [] })).toEqual(['a b c']);
    expect(opened([...one, anomaly('c', { from: 4 })], { edges: [] })).toHaveLength(3);
    // Where calls are known, they tell.
    expect(opened([anomaly('ledger'), anomaly('frontend'), anomaly('search')])).toHaveLength(2);
  });

  test('a host goes with what starts in the same windows, and is no service', () => {
    const [incident] = push(createIncidents(null), 1, [hostAnomaly('db-1'), anomaly('payment', { from: 0.2 })]);
    expect(incident).toMatchObject({ services: ['payment'], origin: 'payment' });
    const [alone] = push(createIncidents(null), 1, [hostAnomaly('db-1')]);
    expect(alone).toMatchObject({ services: [], origin: 'db-1' });
  });

  test('two incidents that turn out to be one are merged: the older lives, the other says where it went', () => {
    const incidents = createIncidents(null);
    const [older] = push(incidents, 1, [anomaly('ledger')]);
    const [younger] = push(incidents, 2, [anomaly('frontend', { from: 1 })]);
    expect(younger!.id).not.toBe(older!.id);
    const changed = push(incidents, 3, [anomaly('checkout', { from: 2 })]);
    expect(changed).toMatchObject([
      { id: younger!.id, anomalyIds: [], fingerprint: {}, summary: expect.stringContaining(older!.id) },
      { id: older!.id, endMs: null, services: ['checkout', 'frontend', 'ledger'] },
    ]);
    expect(changed[0]!.endMs).not.toBeNull();
    expect(incidents.events().map(({ type, incident }) => [type, incident.id])).toEqual([
      ['ended', younger!.id],
      ['changed', older!.id],
    ]);
    expect(push(incidents, 4)).toEqual([]);
  });

  test('calls that become known later join what belongs together', () => {
    const incidents = createIncidents(null);
    expect(push(incidents, 1, [anomaly('payment'), anomaly('checkout')], { edges: [] })).toHaveLength(2);
    expect(push(incidents, 2, [], { edges: shop }).filter(({ endMs }) => endMs === null)).toHaveLength(1);
  });
});

describe('where it comes from', () => {
  const origin = (anomalies: readonly Anomaly[], edges = shop): string =>
    push(createIncidents(null), 1, anomalies, { edges })[0]!.origin;

  test('of those that began first the one furthest down, although another is worse', () => {
    expect(origin([anomaly('checkout', { score: 9 }), anomaly('payment', { from: 0.5 })])).toBe('payment');
    expect(origin([anomaly('checkout'), anomaly('frontend'), anomaly('ledger')])).toBe('ledger');
  });

  test('what began minutes later is no origin, however far down', () => {
    expect(origin([anomaly('checkout'), anomaly('payment', { from: 3 })])).toBe('checkout');
  });

  test('who only has no calls any more is a consequence, however far down; unless all are', () => {
    const silent = anomaly('payment', { carriers: [{ feature: 'calls', down: true }] });
    expect(origin([anomaly('checkout'), silent])).toBe('checkout');
    expect(origin([anomaly('checkout', { carriers: [{ feature: 'calls', down: true }] }), silent])).toBe('payment');
  });

  test('services that call each other in a circle have one all the same', () => {
    const circle = calls('a > b > c > a');
    const began = (first: string): number => (first === 'b' ? 0 : 0.2);
    const drawn = ['a', 'b', 'c'].map((name) => anomaly(name, { from: began(name) }));
    expect(origin(drawn, circle)).toBe('b');
    expect(origin([...drawn, anomaly('d')], [...circle, ...calls('c > d')])).toBe('d');
  });

  test('of two that do not call each other, the one that more of the others call', () => {
    const edges = calls('a > x', 'b > x', 'b > y');
    expect(origin([anomaly('a'), anomaly('b'), anomaly('y', { score: 9 }), anomaly('x')], edges)).toBe('x');
  });
});

describe('how bad it is', () => {
  const severity = (...severities: readonly (readonly [string, AnomalySeverity])[]): AnomalySeverity =>
    push(
      createIncidents(null),
      1,
      severities.map(([service, severity]) => anomaly(service, { severity })),
    )[0]!.severity;

  test('as bad as the worst; one step more in three services', () => {
    expect(severity(['payment', 'warning'], ['checkout', 'info'])).toBe('warning');
    expect(severity(['payment', 'info'], ['checkout', 'info'], ['frontend', 'info'])).toBe('warning');
    expect(severity(['payment', 'warning'], ['checkout', 'warning'], ['frontend', 'warning'])).toBe('critical');
    expect(severity(['payment', 'warning'], ['checkout', 'info'], ['frontend', 'info'])).toBe('warning');
  });

  test('it does not get less severe while it goes on', () => {
    const incidents = createIncidents(null);
    push(incidents, 1, [anomaly('payment', { severity: 'critical' })]);
    const [later] = push(incidents, 2, [anomaly('payment', { severity: 'info', score: 1, to: null })]);
    expect(later?.severity ?? 'critical').toBe('critical');
    expect(incidents.open()[0]!.severity).toBe('critical');
  });
});

describe('how it goes on and ends', () => {
  test('it ends when all have ended and two minutes were quiet; nothing is said twice', () => {
    const incidents = createIncidents(null);
    const [payment, checkout] = [anomaly('payment'), anomaly('checkout', { from: 1 })];
    const [first] = push(incidents, 1, [payment, checkout]);
    expect(push(incidents, 2, [payment])).toEqual([]);
    expect(push(incidents, 5, [ended(payment, 5)])).toEqual([]);
    expect(push(incidents, 6, [ended(checkout, 6)])).toEqual([]);
    expect(push(incidents, 7.9)).toEqual([]);
    expect(push(incidents, 8)).toMatchObject([{ id: first!.id, endMs: t0 + 6 * minute }]);
    expect(incidents.events().map(({ type }) => type)).toEqual(['ended']);
    expect(push(incidents, 9)).toEqual([]);
  });

  test('the same that comes back within minutes opens it again; another symptom, or hours later, is another one', () => {
    const start = (): Incidents => {
      const incidents = createIncidents(null);
      push(incidents, 1, [anomaly('payment')]);
      push(incidents, 8, [anomaly('payment', { to: 6 })]);
      expect(incidents.open()).toEqual([]);
      return incidents;
    };
    const id = push(createIncidents(null), 1, [anomaly('payment')])[0]!.id;
    const again = start();
    expect(push(again, 15, [anomaly('payment', { from: 14 })])).toMatchObject([{ id, endMs: null, startMs: t0 }]);
    expect(again.events().map(({ type }) => type)).toEqual(['opened']);
    expect(push(start(), 18, [anomaly('payment', { from: 17 })])[0]!.id).not.toBe(id);
    const other = anomaly('payment', { from: 14, carriers: [{ feature: 'error_rate' }] });
    expect(push(start(), 15, [other])[0]!.id).not.toBe(id);
  });

  test('hooks hear of it when it opens, gets worse, reaches another service and ends, and not in between', () => {
    const incidents = createIncidents(null);
    const heard = (at: number, ...anomalies: readonly Anomaly[]): readonly string[] => {
      push(incidents, at, anomalies);
      return incidents.events().map(({ type }) => type);
    };
    expect(heard(1, anomaly('payment'))).toEqual(['opened']);
    expect(heard(2, anomaly('payment', { score: 3 }))).toEqual([]);
    expect(heard(3, anomaly('payment', { score: 5, severity: 'critical' }))).toEqual(['changed']);
    expect(heard(4, anomaly('payment', { id: 'again', from: 3 }))).toEqual([]);
    expect(heard(5, anomaly('checkout', { from: 4 }))).toEqual(['changed']);
    expect(
      heard(
        9,
        anomaly('checkout', { from: 4, to: 6 }),
        anomaly('payment', { to: 6 }),
        anomaly('payment', { id: 'again', from: 3, to: 6 }),
      ),
    ).toEqual(['ended']);
  });

  test('another process goes on from the saved state as the first would have', () => {
    const [one, other] = [createIncidents(null), createIncidents(null)];
    for (const incidents of [one, other]) push(incidents, 1, [anomaly('payment'), anomaly('catalogue')]);
    const restarted = createIncidents(other.state());
    for (const [at, anomalies] of [
      [2, [anomaly('checkout', { from: 1 })]],
      [5, [anomaly('payment', { to: 4 }), anomaly('catalogue', { to: 4 })]],
      [9, [anomaly('checkout', { from: 1, to: 5 })]],
    ] as const) {
      expect(push(restarted, at, anomalies)).toEqual(push(one, at, anomalies));
      expect(restarted.events()).toEqual(one.events());
    }
    expect(createIncidents('{"version":0}').open()).toEqual([]);
    expect(createIncidents('{"version":1,"li').open()).toEqual([]);
  });

  test('an anomaly that nobody speaks of any more does not keep it open for ever', () => {
    const incidents = createIncidents(null);
    push(incidents, 1, [anomaly('payment')]);
    expect(push(incidents, 23 * 60)).toEqual([]);
    expect(push(incidents, 24 * 60 + 1)).toMatchObject([{ endMs: t0 + minute }]);
  });

  test('what was noted of it meanwhile stays', () => {
    const incidents = createIncidents(null);
    const [{ id } = { id: '' }] = push(incidents, 1, [anomaly('payment')]);
    const history = [{ id, startMs: t0, fingerprint: {}, note: 'pool exhaustion' }];
    expect(push(incidents, 2, [anomaly('checkout', { from: 1 })], { history })).toMatchObject([
      { note: 'pool exhaustion' },
    ]);
    expect(push(incidents, 3, [anomaly('frontend', { from: 2 })])).toMatchObject([{ note: 'pool exhaustion' }]);
  });
});

describe('whatever comes', () => {
  const services = ['frontend', 'checkout', 'payment', 'ledger', 'catalogue', 'search', 'lonely', ''];
  const drawnAnomaly = fc
    .record({
      service: fc.constantFrom(...services),
      from: fc.integer({ min: 0, max: 90 }),
      lasts: fc.option(fc.integer({ min: 1, max: 60 })),
      severity: fc.constantFrom('info', 'warning', 'critical'),
      score: fc.integer({ min: 0, max: 9 }),
      feature: fc.constantFrom('p99_ms', 'error_rate', 'cpu'),
    })
    .map(({ service, from, lasts, severity, score, feature }) => {
      const drawn = { from, to: lasts === null ? null : from + lasts, severity: severity as AnomalySeverity, score };
      const id = `${service}-${from}-${feature}`;
      return service === ''
        ? hostAnomaly('db-1', { ...drawn, id })
        : anomaly(service, { ...drawn, id, carriers: [{ feature }] });
    });
  const steps = fc.array(fc.array(drawnAnomaly, { maxLength: 8 }), { minLength: 1, maxLength: 5 });

  test('the order of anomalies within a step changes nothing', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (drawn, random) => {
        const [one, other] = [createIncidents(null), createIncidents(null)];
        for (const [at, anomalies] of drawn.entries()) {
          const shuffled = anomalies
            .map((each) => ({ each, key: random.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ each }) => each);
          expect(push(other, 10 * (at + 1), shuffled)).toEqual(push(one, 10 * (at + 1), anomalies));
          expect(other.events()).toEqual(one.events());
        }
        expect(other.state()).toBe(one.state());
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  test('no anomaly is lost, and none is in two incidents', () => {
    fc.assert(
      fc.property(steps, (drawn) => {
        const incidents = createIncidents(null);
        const stored = new Map<string, Incident>();
        for (const [at, anomalies] of drawn.entries()) {
          for (const incident of push(incidents, 10 * (at + 1), anomalies)) stored.set(incident.id, incident);
        }
        const told = [...stored.values()].flatMap(({ anomalyIds }) => anomalyIds);
        expect(new Set(told).size).toBe(told.length);
        expect(new Set(told)).toEqual(new Set(drawn.flat().map(({ id }) => id)));
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  test('a storm is bounded: the worst are kept, the rest is counted', () => {
    const incidents = createIncidents(null);
    const storm = Array.from({ length: limits.incidents.anomalies + 200 }, (_, index) =>
      anomaly(`s${index % 400}`, { id: `a${index}`, score: index, from: (index % 7) / 10 }),
    );
    const edges = calls(...Array.from({ length: 399 }, (_, index) => `s${index} > s${index + 1}`));
    const startedMs = performance.now();
    const [incident] = push(incidents, 1, storm, { edges });
    const tookMs = performance.now() - startedMs;
    expect(incident!.anomalyIds).toHaveLength(limits.incidents.anomalies);
    expect(incident!.anomalyIds).not.toContain('a0');
    expect(incidents.leftOut()).toBe(200);
    push(incidents, 1.2, storm.slice(0, 100), { edges });
    expect(incidents.leftOut()).toBe(200);
    // Bounds a mistake of another order of complexity, not the machine.
    expect(tookMs).toBeLessThan(5000);
  });
});
