import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDeployments } from '../../../../src/engine/analyze/changes/find-deployments.ts';
import { findChange, listChanges } from '../../../../src/engine/analyze/changes/list-changes.ts';
import { recordChange } from '../../../../src/engine/analyze/changes/record-change.ts';
import { type Change, whatChanged } from '../../../../src/engine/domain/changes/change.ts';
import { openMeetingStore, type MeetingStore, type SpanRow } from '../meeting/meeting-store.ts';

const minute = 60_000;
/** Not the start of an hour: its spans are of two hours. */
const begin = Date.UTC(2026, 10, 20, 11, 30);
const end = begin + 90 * minute;

interface Ran {
  readonly service: string;
  readonly version: string;
  readonly from: number;
  readonly to: number;
  readonly environment?: string;
  readonly instance?: string;
  readonly resource?: Readonly<Record<string, string>>;
}

let ids = 0;
/** A span every ten seconds, from and to in minutes. */
function spansOf({ service, version, from, to, environment, instance, resource }: Ran): readonly SpanRow[] {
  const rows: SpanRow[] = [];
  for (let timeMs = begin + from * minute; timeMs < begin + to * minute; timeMs += 10_000) {
    const id = (++ids).toString(16);
    rows.push({
      timeMs,
      traceId: id.padStart(32, '0'),
      spanId: id.padStart(16, '0'),
      service,
      operation: 'GET /',
      kind: 'Server',
      ms: 3,
      resource: {
        'service.version': version,
        'service.instance.id': instance ?? `${service}-${version}`,
        ...(environment === undefined ? {} : { 'deployment.environment.name': environment }),
        ...resource,
      },
    });
  }
  return rows;
}

describe('deployments that spans show', () => {
  let store: MeetingStore;
  let found: readonly Change[];
  const of = (service: string) => found.filter((change) => change.service === service);
  const at = (change: Change | undefined): number => ((change?.atMs ?? 0) - begin) / minute;

  beforeAll(async () => {
    store = await openMeetingStore();
    const ran: readonly Ran[] = [
      // Rolled out within three minutes, and with what its pipeline said.
      { service: 'cart', version: '3.1.4', from: 0, to: 43 },
      {
        service: 'cart',
        version: '3.2.0',
        from: 40,
        to: 90,
        resource: { 'deployment.id': 'd-42', 'deployment.status': 'succeeded', 'vcs.ref.head.revision': 'c0ffee' },
      },
      // Taken back after 20 minutes.
      { service: 'pay', version: '1', from: 0, to: 50 },
      { service: 'pay', version: '2', from: 50, to: 70 },
      { service: 'pay', version: '1', from: 70, to: 90, instance: 'pay-again' },
      // A canary.
      { service: 'web', version: '7', from: 0, to: 90 },
      { service: 'web', version: '8', from: 30, to: 90 },
      // One name, two environments: neither has a second version.
      { service: 'mail', version: '1', from: 0, to: 90, environment: 'production' },
      { service: 'mail', version: '2', from: 20, to: 90, environment: 'staging' },
      // Both there from the first minute on, one of them heard of later.
      { service: 'old', version: '1', from: 0, to: 90 },
      { service: 'old', version: '2', from: 0.7, to: 90 },
      // A new service is no deployment of another version.
      { service: 'new', version: '1', from: 60, to: 90 },
      // The same version, started anew: once of the same deployment, once of another.
      { service: 'same', version: 'latest', from: 0, to: 60, instance: 'a', resource: { 'deployment.id': 'd-1' } },
      { service: 'same', version: 'latest', from: 60, to: 80, instance: 'b', resource: { 'deployment.id': 'd-1' } },
      { service: 'same', version: 'latest', from: 80, to: 90, instance: 'c', resource: { 'deployment.id': 'd-2' } },
      // Apps of customers.
      ...Array.from({ length: 9 }, (_, i) => ({ service: 'app', version: `${i}`, from: 2 * i, to: 90 })),
    ];
    await store.insertSpans(ran.flatMap(spansOf));
    for (let toMs = begin + 10 * minute; toMs <= end; toMs += 10 * minute) {
      await store.run(findDeployments(toMs - 20 * minute, toMs));
    }
    found = await store.run(listChanges({ fromMs: begin, toMs: end, limit: 100 }));
  });
  afterAll(() => store.close());

  test('a version that takes the place of another is a deployment, with what its processes say of it', () => {
    expect(of('cart')).toHaveLength(1);
    expect(of('cart')[0]).toMatchObject({
      kind: 'deployment',
      source: 'telemetry',
      fromVersion: '3.1.4',
      toVersion: '3.2.0',
      attributes: { 'deployment.id': 'd-42', 'deployment.status': 'succeeded', 'vcs.ref.head.revision': 'c0ffee' },
    });
    expect(at(of('cart')[0])).toBe(40);
    expect(whatChanged(of('cart')[0]!)).toBe('deployed 3.2.0 (3.1.4 before)');
  });

  test('an older version that comes back is a change as well', () => {
    expect(of('pay').map((change) => [at(change), whatChanged(change)])).toEqual([
      [70, 'back to 1 (2 before)'],
      [50, 'deployed 2 (1 before)'],
    ]);
  });

  test('a canary says that the former version goes on', () => {
    expect(of('web').map(whatChanged)).toEqual(['deployed 8; 7 goes on beside it']);
  });

  test('a redeployment of the same version is known by its deployment.id', () => {
    expect(of('same').map((change) => [at(change), change.attributes['deployment.id']])).toEqual([[80, 'd-2']]);
  });

  test('environments are told apart; what is new in the first minutes, a new service and apps of customers are none', () => {
    expect(new Set(found.map(({ service }) => service))).toEqual(new Set(['cart', 'pay', 'web', 'same', 'app']));
    // Until there were so many that nobody can have deployed them.
    expect(of('app').length).toBeLessThan(6);
  });

  test('looking again, in other portions and by a new analyzer, changes nothing', async () => {
    expect(await store.run(findDeployments(begin - 24 * 60 * minute, end))).toEqual([]);
    expect(await store.run(findDeployments(begin + 45 * minute, end))).toEqual([]);
    expect(await store.run(listChanges({ fromMs: begin, toMs: end, limit: 100 }))).toEqual(found);
  });

  test('spans that come late move no deployment into a second one', async () => {
    const late = spansOf({ service: 'cart', version: '3.2.0', from: 39, to: 40 });
    await store.insertSpans(late);
    expect(await store.run(findDeployments(begin + 20 * minute, end))).toEqual([]);
  });

  test('told and seen is one, with the note of who told and the earlier time', async () => {
    const told: Change = {
      id: 'pipeline-7',
      atMs: begin + 38 * minute,
      kind: 'deployment',
      service: 'cart',
      environment: 'production',
      fromVersion: '',
      toVersion: 'v3.2.0',
      source: 'command',
      note: 'promotions',
      link: '',
      attributes: {},
    };
    await store.run(recordChange(told));
    const carts = await store.run(listChanges({ fromMs: begin, toMs: end, service: 'cart', limit: 10 }));
    expect(carts).toHaveLength(1);
    expect(carts[0]).toMatchObject({ id: 'pipeline-7', note: 'promotions', fromVersion: '3.1.4', atMs: told.atMs });
    expect(carts[0]?.attributes['deployment.id']).toBe('d-42');
  });

  test('one is found by the beginning of its id; an id that is none says what there is', async () => {
    const [cart] = of('cart');
    expect(await store.run(Effect.map(findChange(cart!.id.slice(0, 8)), ({ id }) => id))).toBe(cart?.id);
    expect(await store.fails(findChange('zzzz'))).toMatchObject({
      _tag: 'BadInput',
      hint: expect.stringContaining(','),
    });
  });
});
