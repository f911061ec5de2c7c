import { expect, test } from 'vitest';
import { invocationsOf, partsOf, type Vocabulary } from '../../../../src/engine/cause/records/invocations.ts';
import { names } from '../../../../src/engine/cause/records/intern.ts';
import { templates } from '../../../../src/engine/cause/records/templates.ts';
import { tracesOf } from '../../../../src/engine/cause/records/trace-spans.ts';
import { type Drawn, windowWith } from './drawn-records.ts';

const vocabulary = (): Vocabulary => ({ templates: templates(), operations: names(), features: names() });

/** The runs of a drawn trace in words: entry, then what was seen, by time. */
function runsOf(trace: Drawn): Record<string, readonly string[]> {
  const words = vocabulary();
  const { templateOf } = words.templates;
  return Object.fromEntries(
    tracesOf(windowWith([trace]))
      .flatMap((one) => invocationsOf(one, words))
      .map((run) => [
        `${run.entry.service} ${run.entry.name}${run.isError ? ' failed' : ''}`,
        [...run.features]
          .sort((a, b) => a[1] - b[1])
          .map(([feature]) => partsOf(words.features.textOf(feature)))
          .map(([kind = '', ...parts]) => {
            if (kind === 'log') return `log ${templateOf(Number(parts[0])).tokens.join(' ')}`;
            if (kind === 'call') return `call ${partsOf(words.operations.textOf(Number(parts[0]))).join(' ')}`;
            return `${kind} ${parts.join(' then ')}`;
          }),
      ]),
  );
}

test('a run is what one instance does between being called and calling others', () => {
  const runs = runsOf({
    picture: `
      shop: GET /cart        server 0 +100
        shop: render         internal 1 +10
        shop: GET /prices    client 20 +50
          prices: GET /prices server 22 +40
            prices: look up  internal 25 +5`,
    logs: [
      { span: 1, ms: 2, body: 'cart of user 17 asked for' },
      { span: 5, ms: 26, body: 'price of 4711' },
    ],
  });
  expect(Object.keys(runs)).toEqual(['shop GET /cart', 'prices GET /prices']);
  expect(runs['shop GET /cart']).toEqual([
    'span render',
    'starts start then render',
    'log cart of user * asked for',
    'logs start then 0',
    'span GET /prices',
    'starts render then GET /prices',
    'call prices GET /prices',
    'starts GET /prices then →1',
    'logs 0 then end',
  ]);
  expect(runs['prices GET /prices']).toContain('log price of *');
});

test('the same service in another pod is another run', () => {
  const runs = runsOf({
    picture: `
      shop: first   server 0 +50 k8s.pod.name=shop-a
        shop: second server 5 +40 k8s.pod.name=shop-b`,
  });
  expect(Object.keys(runs)).toEqual(['shop first', 'shop second']);
});

test('a failed span or an error in the log makes a run a failed one, and its caller not', () => {
  const picture = `
    shop: GET /cart        server 0 +100
      prices: GET /prices  server 10 +50`;
  expect(Object.keys(runsOf({ picture: picture.replace('+50', '+50 error') }))).toEqual([
    'shop GET /cart',
    'prices GET /prices failed',
  ]);
  expect(Object.keys(runsOf({ picture, logs: [{ span: 2, ms: 20, body: 'no price', severity: 17 }] }))).toEqual([
    'shop GET /cart',
    'prices GET /prices failed',
  ]);
  expect(Object.keys(runsOf({ picture, logs: [{ span: 2, ms: 20, body: 'no price', severity: 13 }] }))).toEqual([
    'shop GET /cart',
    'prices GET /prices',
  ]);
});

test('a log line without a span goes to the latest run of its instance that had begun, or to none', () => {
  const picture = `
    shop: first  server 0 +50
      shop: inner internal 1 +2
    shop: second server 20 +30 parent=77`;
  const line = (ms: number, instance = 'shop') => ({ span: 0, ms, body: 'something', instance });
  expect(runsOf({ picture, logs: [line(30)] })['shop second']).toContain('log something');
  expect(runsOf({ picture, logs: [line(10)] })['shop first']).toContain('log something');
  const nowhere = Object.values(runsOf({ picture, logs: [line(-5), line(10, 'stranger')] })).flat();
  expect(nowhere.some((feature) => feature.startsWith('log'))).toBe(false);
});

test('a span that came twice is one; one whose parent is missing is a root', () => {
  const window = windowWith([{ picture: 'shop: lost server 0 +10 parent=99' }]);
  const [trace] = tracesOf({ ...window, spans: [...window.spans, ...window.spans] });
  expect(trace?.spans.map(({ name, parent }) => [name, parent])).toEqual([['lost', undefined]]);
});

test('a log line that came twice is one', () => {
  const logs = [{ span: 1, ms: 1, body: 'once' }];
  const window = windowWith([{ picture: 'shop: a server 0 +10', logs }]);
  expect(tracesOf({ ...window, logs: [...window.logs, ...window.logs] })[0]?.logs).toHaveLength(1);
});

test('spans that are each other’s parents, or their own, end somewhere', () => {
  const [trace] = tracesOf(
    windowWith([
      {
        picture: `
          shop: a server 0 +30 id=1 parent=3
          shop: b server 1 +20 id=2 parent=1
          shop: c server 2 +10 id=3 parent=2
          shop: d server 3 +10 id=4 parent=4`,
      },
    ]),
  );
  const parents = trace?.spans.map(({ name, parent }) => `${name} below ${parent?.name ?? 'none'}`);
  expect(parents).toHaveLength(4);
  expect(parents).toContain('d below none');
  expect(parents?.filter((text) => text.endsWith('none')).length).toBeGreaterThan(1);
});

test('logs of traces that have no span here are of no trace', () => {
  const window = windowWith([{ picture: 'shop: a server 0 +10' }]);
  const stray = {
    timeMs: window.fromMs,
    traceId: '',
    spanId: '',
    service: 'x',
    instance: 'x',
    severity: 17,
    body: 'x',
  };
  const traces = tracesOf({ ...window, logs: [stray, { ...stray, traceId: 'unknown' }] });
  expect(traces).toHaveLength(1);
  expect(traces[0]?.logs).toEqual([]);
});

test('an empty window has no traces', () => {
  expect(tracesOf(windowWith([]))).toEqual([]);
});
