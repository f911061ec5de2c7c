import { describe, expect, test } from 'vitest';
import { findingsOf, seen } from './drawn-context.ts';

/** `count` pieces of drawing in a row, each `stepMs` after the one before. */
const repeat = (count: number, fromMs: number, stepMs: number, draw: (ms: number, at: number) => string): string =>
  Array.from({ length: count }, (_, at) => draw(fromMs + at * stepMs, at)).join('\n');

describe('retry amplification', () => {
  const attempt = (ms: number, inner: number, more = 'error'): string => `
    web: POST /pay            client ${ms} +100 service.peer.name=payment ${more}
      payment: POST /pay      server ${ms + 2} +96 ${more}
${repeat(inner, ms + 5, 30, (at) => `        payment: POST /charges client ${at} +25 service.peer.name=bank ${more === '' ? '' : 'error="503"'}`)}`;
  const checkout = (attempts: string): string => `  web: POST /checkout server 0 +400 error\n${attempts}`;

  test('three attempts, each with three below it, are nine calls of the bank', () => {
    const [finding, ...others] = seen('retry-amplification', checkout(repeat(3, 5, 120, (ms) => attempt(ms, 3))));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      title: 'Retries multiply: 3 × 3 attempts of "POST /charges"',
      severity: 'critical',
      culprit: { service: 'payment', operation: 'POST /charges', dependency: 'bank' },
      explainsFailure: true,
      confidence: 0.97,
    });
    expect(finding!.sentences[0]).toBe(
      'web tries payment 3 times, and below each attempt payment tries bank 3 times: up to 9 calls of bank for one request, 9 in this trace.',
    );
  });

  test('is the better answer than each of its storms', () => {
    expect(findingsOf(checkout(repeat(3, 5, 120, (ms) => attempt(ms, 3))))[0]!.id).toBe('retry-amplification');
  });

  test.each([
    ['one level alone retries', repeat(3, 5, 120, (ms) => attempt(ms, 1))],
    ['only the callee retries', attempt(5, 3)],
    ['below one attempt of many there are retries', [attempt(5, 3), attempt(125, 1), attempt(245, 1)].join('\n')],
    ['nothing fails', repeat(3, 5, 120, (ms) => attempt(ms, 3, ''))],
  ])('is not seen when %s', (_, attempts) => expect(seen('retry-amplification', checkout(attempts))).toEqual([]));
});

describe('timeout mismatch', () => {
  const cut = (timeout: number, answered: number): string => `
    web: GET /orders          server 0 +${timeout + 10} error
      web: GET /orders        client 2 +${timeout} error="timed out" service.peer.name=orders
        orders: GET /orders   server 4 +${answered}`;

  test('a timeout below what the callee usually takes cuts calls that are fine', () => {
    const [finding] = seen('timeout-mismatch', cut(100, 180), { usual: { 'orders GET /orders': 160 } });
    expect(finding).toMatchObject({
      title: 'Timeout too short: web gives orders 100 ms, which it usually exceeds',
      culprit: { service: 'web', dependency: 'orders' },
      explainsFailure: true,
    });
    expect(finding!.sentences[0]).toContain('160 ms in the median, 208 ms at p95 and 240 ms at p99: more than half of');
    const first = findingsOf(cut(100, 180), { usual: { 'orders GET /orders': 160 } })[0];
    expect(first!.id).toBe('timeout-mismatch');
  });

  test('of a callee without spans the usual time of the call tells', () => {
    const silent =
      'web: GET /  server 0 +110 error\n  web: POST /charges client 2 +100 error="timed out" service.peer.name=bank';
    expect(seen('timeout-mismatch', silent, { usual: { 'web POST /charges': 90 } })).toMatchObject([
      { culprit: { service: 'web', dependency: 'bank' } },
    ]);
    expect(seen('timeout-mismatch', silent, { usual: { 'web POST /charges': 20 } })).toEqual([]);
  });

  test('work that goes on after the caller has left waits for too long', () => {
    const found = seen(
      'timeout-mismatch',
      `web: GET /  server 0 +510 error
         web: GET /orders          client 2 +500 error="timed out"
           orders: GET /orders     server 4 +2010 error
             orders: GET /stock    client 6 +2000 error="timed out" service.peer.name=stock`,
    );
    expect(found).toMatchObject([
      {
        title: 'Timeout too long: orders waits 2 s, its caller only 500 ms',
        culprit: { service: 'orders', dependency: 'stock' },
      },
    ]);
  });

  test.each([
    ['the callee is slower than ever', cut(1000, 3000), 160],
    ['the callee usually answers well within it', cut(1000, 1200), 100],
    ['there is no history', cut(100, 180), undefined],
    ['the callee answered with the error', cut(100, 90), 160],
  ])('is not seen when %s', (_, picture, usual) =>
    expect(
      seen('timeout-mismatch', picture, usual === undefined ? {} : { usual: { 'orders GET /orders': usual } }),
    ).toEqual([]),
  );
});

describe('slow connect', () => {
  const call = (lines: string, lasts = 300): string =>
    `web: GET /  server 0 +${lasts}\n  web: GET /rates client 2 +${lasts - 4} server.address=rates.example\n${lines}`;

  test.each([
    ['dns.lookup', 'The DNS lookup'],
    ['http.dns', 'The DNS lookup'],
    ['tcp.connect', 'The TCP connect'],
    ['tls.connect', 'The TLS handshake'],
    ['TLS client handshake', 'The TLS handshake'],
  ])('a span named %s', (name, what) => {
    const [finding] = seen('slow-connect', call(`    web: ${name}  internal 3 +250`), {
      usual: { [`web ${name}`]: 4 },
    });
    expect(finding).toMatchObject({
      title: `${what} to rates.example is slow`,
      culprit: { service: 'web', operation: 'GET /rates', dependency: 'rates.example' },
      explains: { ms: 250 },
    });
  });

  test('a gap before a callee that is as fast as ever', () => {
    const usual = { 'web GET /rates': 14, 'rates GET /rates': 10 };
    const picture = call('    rates: GET /rates  server 280 +10', 296);
    expect(seen('slow-connect', picture, { usual })).toMatchObject([
      { title: 'web takes long to reach rates.example', culprit: { dependency: 'rates.example' }, confidence: 0.75 },
    ]);
    expect(findingsOf(picture, { usual })[0]!.id).toBe('slow-connect');
  });

  test.each([
    ['connecting takes what it usually takes', call('    web: dns.lookup internal 3 +250'), { 'web dns.lookup': 245 }],
    [
      'the callee itself is slow',
      call('    rates: GET /rates  server 5 +285'),
      { 'web GET /rates': 14, 'rates GET /rates': 10 },
    ],
    [
      'the gap is usual',
      call('    rates: GET /rates  server 280 +10', 296),
      { 'web GET /rates': 290, 'rates GET /rates': 10 },
    ],
    [
      'the answer is what takes long',
      call('    rates: GET /rates  server 4 +10', 296),
      { 'web GET /rates': 14, 'rates GET /rates': 10 },
    ],
    ['a span is about DNS in another sense', call('    web: dnssec report internal 3 +250'), {}],
  ])('is not seen when %s', (_, picture, usual) => expect(seen('slow-connect', picture, { usual })).toEqual([]));

  test('is not seen when the process that is called stands still for its garbage', () => {
    const runtime = [
      {
        service: 'rates',
        instance: '',
        host: '',
        metric: 'v8js.gc.duration',
        unit: 's',
        stream: '',
        how: 'total' as const,
        points: [-300, -200, -100, -10, 5].map((at, n) => ({ time: 1_700_000_000 + at, value: n < 4 ? n * 0.1 : 4 })),
      },
    ];
    const usual = { 'web GET /rates': 14, 'rates GET /rates': 10 };
    expect(seen('slow-connect', call('    rates: GET /rates  server 280 +10', 296), { usual, runtime })).toEqual([]);
  });
});

describe('fan-out', () => {
  const shards = (durations: readonly number[], step = 0): string =>
    `web: GET /search server 0 +${Math.max(...durations.map((ms, at) => ms + at * step)) + 10}\n` +
    durations
      .map((ms, at) => `  web: GET /shard/${at}  client ${2 + at * step} +${ms} server.address=shard-${at}`)
      .join('\n');

  test('the parent waits for the slowest alone', () => {
    const [finding] = seen('fan-out', shards([50, 55, 48, 300]), { usual: { 'web GET /shard/3': 52 } });
    expect(finding).toMatchObject({
      title: 'One of 4 calls at once holds up web: "GET /shard/3"',
      culprit: { service: 'web', dependency: 'shard-3' },
      explains: { ms: 245 },
      confidence: 0.85,
    });
    expect(finding!.sentences[1]).toContain('Were it as fast as the next slowest, 245 ms');
  });

  test('one that is always the slowest is a hint', () => {
    expect(seen('fan-out', shards([50, 55, 48, 300]), { usual: { 'web GET /shard/3': 290 } })).toMatchObject([
      { confidence: 0.4 },
    ]);
  });

  test.each([
    ['all are slow', shards([290, 280, 295, 300])],
    ['they run in a row', shards([50, 50, 50, 200], 60)],
    ['there are two', shards([50, 300])],
    [
      'a long call runs beside short ones in a row',
      `web: GET /search server 0 +310\n  web: GET /shard/9 client 2 +300\n${repeat(4, 2, 60, (ms) => `  web: GET /shard/1 client ${ms} +50`)}`,
    ],
    [
      'nobody waits for it',
      `web: GET /search server 0 +100\n${repeat(3, 2, 1, (ms) => `  web: GET /shard/1 client ${ms} +90`)}\n  web: GET /shard/9 producer 2 +400`,
    ],
  ])('is not seen when %s', (_, picture) => expect(seen('fan-out', picture)).toEqual([]));
});

describe('serial calls, against their history', () => {
  const call = (name: string, ms: number): string => `  web: GET /${name}  client ${ms} +95 server.address=${name}`;
  const page = `web: GET /  server 0 +310\n${[call('a', 5), call('b', 105), call('c', 205)].join('\n')}`;
  const each = { 'web GET /a': 95, 'web GET /b': 95, 'web GET /c': 95 };

  test('calls as fast as ever below a page that was that much faster ran at once before', () => {
    expect(seen('serial-calls', page, { usual: { ...each, 'web GET /': 110 } })).toMatchObject([
      { title: '3 calls of web that ran at once now run in a row', explains: { ms: 190 }, confidence: 0.85 },
    ]);
  });

  test.each([
    ['the page has always been that slow', { ...each, 'web GET /': 300 }],
    ['a call is slow itself', { ...each, 'web GET /b': 10, 'web GET /': 110 }],
    ['there is no history', {}],
  ])('they are a hint when %s', (_, usual) =>
    expect(seen('serial-calls', page, { usual })).toMatchObject([{ confidence: 0.4 }]),
  );

  test('others of the same page may run at once', () => {
    const both = `${page.replace('+310', '+420')}\n${[call('d', 305), call('e', 306)].join('\n')}`;
    expect(seen('serial-calls', both)).toMatchObject([{ explains: { ms: 190 } }]);
  });
});
