import { describe, expect, test } from 'vitest';
import { describeError, errorStory } from '../../../src/engine/explain/errors.ts';
import { buildTree } from '../../../src/engine/explain/trace-tree.ts';
import { drawSpans } from '../../support/trace-dsl.ts';
import { errorLog } from './drawn-context.ts';

const story = (picture: string) => errorStory(buildTree(drawSpans(picture))!, []);

describe('the story of an error', () => {
  test('begins in the deepest failed span and spreads up its callers', () => {
    expect(
      story(`
        web: GET /            server 0 +100 error
          web: call           client 5 +90 error
            cart: GET /cart   server 8 +80 error="no cart"
              cart: SELECT    client 10 +5
      `),
    ).toMatchObject({
      first: { service: 'cart', operation: 'GET /cart', message: 'no cart' },
      spread: [{ operation: 'call' }, { operation: 'GET /' }],
      reachedRoot: true,
      stoppedAt: null,
      others: [],
    });
  });

  test('the one that reached the root counts before an earlier one that was dealt with', () => {
    expect(
      story(`
        web: GET /        server 0 +100 error
          web: cache      client 5 +5 error
            memo: get     server 6 +3 error
          web: query      client 20 +70
          web: render     internal 92 +5 error=boom
      `),
    ).toMatchObject({ first: { operation: 'get' }, reachedRoot: true, others: [{ operation: 'render' }] });
    expect(
      story(`
        web: GET /        server 0 +100 error
          web: load       internal 5 +10
            web: cache    client 6 +5 error
          web: render     internal 92 +5 error=boom
      `),
    ).toMatchObject({ first: { operation: 'render' }, reachedRoot: true, others: [{ operation: 'cache' }] });
  });

  test('tells who dealt with it', () => {
    expect(
      story(`
        web: GET /        server 0 +100
          web: cache      client 5 +5 error
      `),
    ).toMatchObject({ reachedRoot: false, stoppedAt: { operation: 'GET /' }, spread: [] });
  });

  test('there is none without a failed span', () => expect(story('web: GET / server 0 +5')).toBeNull());

  test('its time is the exception’s, not the end of the span', () => {
    expect(story('web: GET / server 0 +100 error event=exception@40')!.first.atMs).toBe(40);
  });
});

describe('what an error says', () => {
  const [span] = buildTree(drawSpans('web: GET / server 0 +9 error id=1'))!.spans;
  const said = (more: object, logs = [] as ReturnType<typeof errorLog>[]) => describeError({ ...span!, ...more }, logs);

  test('the exception event first, then the status, then the log, then a code', () => {
    const events = [
      { name: 'exception', atNs: 1, attributes: { 'exception.type': 'E', 'exception.message': 'broken' } },
    ];
    const log = errorLog(1, 'it broke', { exceptionType: 'TypeError', exceptionMessage: 'x is undefined' });
    expect(said({ events, statusMessage: 'status' }, [log])).toEqual({ type: 'E', message: 'broken' });
    expect(said({ statusMessage: 'status' }, [log])).toEqual({ type: 'TypeError', message: 'status' });
    expect(said({}, [log])).toEqual({ type: 'TypeError', message: 'x is undefined' });
    expect(said({}, [errorLog(1, 'it broke')])).toEqual({ type: null, message: 'it broke' });
    expect(said({}, [errorLog(2, 'another span')])).toEqual({ type: null, message: '' });
    expect(said({ attributes: { 'http.response.status_code': '503', 'error.type': '503' } })).toEqual({
      type: '503',
      message: 'status 503',
    });
  });
});
