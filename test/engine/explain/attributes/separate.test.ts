import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  failedAndFine,
  slowAndQuick,
  tracesAndOthers,
  twoTimes,
  twoValues,
  twoVersions,
  type Populations,
} from '../../../../src/engine/explain/attributes/population.ts';
import { separatingAttributes } from '../../../../src/engine/explain/attributes/separate.ts';
import { QueryClient } from '../../../../src/engine/store/query-client.ts';
import { seededRandom } from '../../../support/random.ts';
import { openExplainStore } from '../real-store.ts';
import { hour, spansOf, traceIdOf, type Request } from './requests.ts';

const web = { service: 'web', kind: 'Server', operation: 'GET /' };
let store: Awaited<ReturnType<typeof openExplainStore>>;
let hours = 0;

beforeAll(async () => {
  store = await openExplainStore();
});
afterAll(() => store.close());

const many = (count: number, request: (n: number) => Request): Request[] =>
  Array.from({ length: count }, (_, n) => request(n));

/** Stores the requests in an hour of their own, and tells which. */
async function given(requests: readonly Request[]) {
  const range = hour(hours++);
  if (requests.length > 0) await store.insertSpans(spansOf(requests, range));
  return range;
}

const separate = (populations: Populations, alsoSpansOf: readonly string[] = []) =>
  store.run(separatingAttributes({ ...populations, alsoSpansOf }));

/** `key=value` of each split, pairs joined by a plus. */
const told = (answer: Awaited<ReturnType<typeof separate>>): string[] =>
  answer.splits.map(({ attributes }) => attributes.map(({ key, value }) => `${key}=${value}`).join(' + '));

describe('attributes that separate', () => {
  test('the tenant that most failed requests belong to, in plain words', async () => {
    const range = await given([
      ...many(40, (n) => ({
        failed: true,
        attributes: { 'app.tenant': n < 38 ? 'acme' : `t${n}`, 'request.id': `b${n}` },
      })),
      ...many(3100, (n) => ({ attributes: { 'app.tenant': n < 12 ? 'acme' : `t${n % 50}`, 'request.id': `g${n}` } })),
    ]);
    const answer = await separate(failedAndFine({ ...web, range }));
    expect(told(answer)).toEqual(['app.tenant=acme']);
    expect(answer.splits[0]?.sentence).toBe('`app.tenant=acme` on web: 38 of 40 failed requests, 12 of 3,100 others.');
    expect(answer.splits[0]).toMatchObject({
      bad: 38,
      badAll: 40,
      good: 12,
      goodAll: 3100,
      service: 'web',
      operation: 'GET /',
    });
    expect(answer.splits[0]?.effect).toBeCloseTo(0.95, 2);
    expect(answer.splits[0]?.chance).toBeLessThan(1e-30);
    expect(answer).toMatchObject({ badRead: 40, goodRead: 3100, missing: [] });
  });

  test('a new version in one region alone, as a pair', async () => {
    const random = seededRandom(3);
    const range = await given(
      many(2000, () => {
        const [region, version] = [random.pick(['eu', 'us', 'asia']), random.pick(['1', '2'])];
        const failed = region === 'eu' && version === '2' ? random.unit() < 0.6 : random.unit() < 0.01;
        return {
          failed,
          attributes: { 'cloud.region': region, 'app.plan': random.pick(['free', 'gold']) },
          resource: { 'service.version': version },
        };
      }),
    );
    const answer = await separate(failedAndFine({ ...web, range }));
    expect(told(answer)[0]).toBe('service.version=2 + cloud.region=eu');
    expect(told(answer)).toHaveLength(1);
  });

  test('a version and the host that only it runs on are no pair, but one thing', async () => {
    const range = await given(
      many(1200, (n) => {
        const canary = n % 10 === 0;
        return {
          failed: canary ? n % 3 !== 0 : n % 200 === 7,
          resource: {
            'service.version': canary ? '2.0' : '1.9',
            'host.name': canary ? 'h9' : `h${n % 7}`,
            'k8s.pod.name': canary ? 'web-9' : `web-${n % 7}`,
            'process.pid': canary ? '991' : `${n % 7}`,
          },
        };
      }),
    );
    const { splits } = await separate(failedAndFine({ ...web, range }));
    expect(splits).toHaveLength(1);
    expect(splits[0]?.attributes).toMatchObject([{ key: 'service.version', value: '2.0', origin: 'resource' }]);
    expect(splits[0]?.alike.map(({ key }) => key)).toEqual(['host.name', 'k8s.pod.name', 'process.pid']);
    expect(splits[0]?.sentence).toContain('The same requests have `host.name=h9`, `k8s.pod.name=web-9`');
  });

  test('not the region of the tenant that fails, nor the tenants of its region', async () => {
    const range = await given(
      many(3000, (n) => {
        const tenant = n % 20;
        return {
          failed: tenant === 3 && n % 3 > 0,
          attributes: { tenant: `t${tenant}`, region: tenant < 8 ? 'eu' : 'us' },
        };
      }),
    );
    expect(told(await separate(failedAndFine({ ...web, range })))).toEqual(['tenant=t3']);
  });

  test('two troubles at once are two splits', async () => {
    const range = await given(
      many(3000, (n) => {
        const [tenant, pod] = [n % 20, n % 7];
        return {
          failed: tenant === 3 || pod === 5 ? n % 3 > 0 : false,
          attributes: { tenant: `t${tenant}` },
          resource: { 'k8s.pod.name': `web-${pod}` },
        };
      }),
    );
    expect(told(await separate(failedAndFine({ ...web, range })))).toEqual(['k8s.pod.name=web-5', 'tenant=t3']);
  });

  test('what only says that it failed is no explanation', async () => {
    const range = await given(
      many(400, (n) => ({
        failed: n % 4 === 0,
        attributes:
          n % 4 === 0
            ? {
                'error.type': 'timeout',
                'http.response.status_code': '500',
                'exception.message': 'no',
                'http.response.body.size': '12',
              }
            : { 'http.response.status_code': '200', 'http.response.body.size': '900' },
      })),
    );
    expect(told(await separate(failedAndFine({ ...web, range })))).toEqual([]);
  });

  test('three failed requests are enough when what they share is rare, and not when it is common', async () => {
    const rare = await given([
      ...many(3, () => ({ failed: true, attributes: { tenant: 'acme' } })),
      ...many(500, (n) => ({ attributes: { tenant: `t${n % 100}` } })),
    ]);
    expect(told(await separate(failedAndFine({ ...web, range: rare })))).toEqual(['tenant=acme']);
    const common = await given([
      ...many(3, () => ({ failed: true, attributes: { tenant: 't1' } })),
      ...many(500, (n) => ({ attributes: { tenant: `t${n % 5}` } })),
    ]);
    expect(told(await separate(failedAndFine({ ...web, range: common })))).toEqual([]);
  });

  test('where one side is empty that is said, and nothing claimed', async () => {
    const allFail = await given(many(50, () => ({ failed: true, attributes: { tenant: 'acme' } })));
    const answer = await separate(failedAndFine({ ...web, range: allFail }));
    expect(answer).toMatchObject({ splits: [], badRead: 50, goodRead: 0 });
    expect(answer.missing[0]?.text).toContain('of what to compare with (others) there is nothing');
    const noneFails = await given(many(50, () => ({})));
    expect((await separate(failedAndFine({ ...web, range: noneFails }))).missing[0]?.text).toContain(
      'there are no failed requests',
    );
    const nothing = await given([]);
    expect(await separate(failedAndFine({ ...web, range: nothing }))).toMatchObject({
      splits: [],
      badRead: 0,
      goodRead: 0,
    });
  });

  test('a number beyond a threshold', async () => {
    const random = seededRandom(5);
    const range = await given(
      many(2000, () => {
        const items = Math.floor(random.unit() ** 3 * 400);
        return {
          durationMs: items > 250 ? 900 : 20,
          attributes: { 'cart.items': String(items), 'user.id': String(random.int(1e6)) },
        };
      }),
    );
    const { splits } = await separate(slowAndQuick({ ...web, range }, 500e6));
    expect(splits).toHaveLength(1);
    expect(splits[0]?.attributes).toMatchObject([{ key: 'cart.items', comparison: '>' }]);
    expect(splits[0]?.bad).toBe(splits[0]?.badAll);
    expect(splits[0]?.sentence).toMatch(/^`cart\.items > \d+` on web: /);
  });

  test('the version of a callee, from its spans in the same traces', async () => {
    const range = await given(
      many(900, (n) => ({
        failed: n % 9 === 0 && n % 2 === 0,
        callee: { service: 'cart', resource: { 'service.version': n % 9 === 0 ? '7' : '6' } },
      })),
    );
    expect(told(await separate(failedAndFine({ ...web, range })))).toEqual([]);
    const { splits } = await separate(failedAndFine({ ...web, range }), ['cart']);
    expect(splits.map(({ sentence }) => sentence)).toEqual([
      '`service.version=7` on cart: 50 of 50 failed requests, 50 of 850 others.',
    ]);
    expect((await separate(failedAndFine({ ...web, range }), ['bank'])).missing[0]?.text).toBe(
      'The traces hold no spans of bank.',
    );
  });

  test('a pair of the caller and the callee', async () => {
    const range = await given(
      many(2000, (n) => ({
        failed: n % 4 === 0 && n % 5 === 0 && n % 3 > 0,
        attributes: { tenant: n % 4 === 0 ? 'acme' : 'other' },
        callee: { service: 'cart', resource: { 'service.version': n % 5 === 0 ? '7' : '6' } },
      })),
    );
    const { splits } = await separate(failedAndFine({ ...web, range }), ['cart']);
    expect(splits.map(({ sentence }) => sentence)).toEqual([
      '`service.version=7` on cart and `tenant=acme` on web: 66 of 66 failed requests, 34 of 1,934 others.',
    ]);
  });

  test('many spans of one trace are one request', async () => {
    // One trace of 200 failed calls would look like overwhelming evidence for its tenant.
    const range = await given([
      ...many(4, (n) => ({ failed: true, times: n === 0 ? 200 : 1, attributes: { tenant: `t${n}` } })),
      ...many(300, (n) => ({ attributes: { tenant: `t${n % 10}` } })),
    ]);
    expect(await separate(failedAndFine({ ...web, range }))).toMatchObject({ splits: [], badRead: 4, goodRead: 300 });
  });
});

describe('what can be compared', () => {
  test('two versions, two times, two values, and traces with others', async () => {
    const requests = many(600, (n) => ({
      attributes: {
        'feature_flag.result.variant': n % 2 === 0 ? 'on' : 'off',
        route: n % 2 === 0 || n % 8 === 1 ? 'new' : 'old',
        late: String(n >= 300),
      },
      resource: { 'service.version': n % 2 === 0 ? '2' : '1' },
    }));
    const range = await given(requests);
    const middle = (range.fromMs + range.toMs) / 2;
    const calls = { ...web, range };
    expect(told(await separate(twoVersions(calls, '2', '1')))).toEqual(['feature_flag.result.variant=on']);
    expect(told(await separate(twoValues(calls, 'feature_flag.result.variant', 'on', 'off')))).toEqual([
      'service.version=2',
    ]);
    expect(
      told(await separate(twoTimes(web, { fromMs: middle, toMs: range.toMs }, { fromMs: range.fromMs, toMs: middle }))),
    ).toEqual(['late=true']);
    const roots = [{ service: 'web', kind: 'Server', operation: 'GET /' }] as const;
    const ids = requests.flatMap((_, n) => (n % 8 === 3 ? [traceIdOf(range, n)] : []));
    const answer = await separate(tracesAndOthers(ids, roots, range));
    expect(answer).toMatchObject({ badRead: 75, goodRead: 525 });
    expect(told(answer)).toEqual(['route=old']);
  });
});

describe('evidence', () => {
  test('says the same when it is run again, under hostile names too', async () => {
    const names = [
      "it's",
      'a`b',
      'back\\slash',
      'two\nlines',
      '日本 🚀',
      '"; DROP TABLE otel_traces; --',
      '%s {x:String}',
      ' ',
    ];
    const long = 'x'.repeat(60_000);
    const range = await given(
      many(800, (n) => {
        const failed = n % 8 === 0;
        const name = names[((n / 8) % names.length) | 0]!;
        return {
          failed,
          attributes: {
            ...Object.fromEntries(
              names.map((key) => [key, failed && name === key ? `${key}'\\\n\u001b[31m` : 'usual']),
            ),
            long: failed ? long : 'short',
          },
        };
      }),
    );
    const answer = await store.run(separatingAttributes({ ...failedAndFine({ ...web, range }), limit: 20 }));
    expect(answer.splits.map(({ attributes }) => attributes[0]?.key).sort()).toEqual([...names].sort());
    for (const split of answer.splits) {
      expect(split).toMatchObject({ badAll: 100, good: 0, goodAll: 700 });
      expect(split.sentence).not.toMatch(/[\n\u001b]/);
      const [evidence] = split.evidence;
      const again = await store.run(Effect.flatMap(QueryClient, (client) => client.rows(evidence!.sql)));
      expect(again).toEqual(evidence?.rows);
      expect(again).toMatchObject([
        { side: 'bad', requests: String(split.badAll), with_values: String(split.bad) },
        { side: 'good', requests: String(split.goodAll), with_values: String(split.good) },
      ]);
    }
    expect(await store.run(separatingAttributes({ ...failedAndFine({ ...web, range }), limit: 20 }))).toEqual(answer);
  });
});
