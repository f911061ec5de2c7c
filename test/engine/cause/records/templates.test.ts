import { describe, expect, test } from 'vitest';
import { messageOf, templates, tokensOf } from '../../../../src/engine/cause/records/templates.ts';

test('lines that differ in numbers alone are of one template', () => {
  const { idOf, templateOf } = templates();
  const first = idOf('shop', 'order 17 of user 4 placed');
  expect(idOf('shop', 'order 9000 of user 71 placed')).toBe(first);
  expect(templateOf(first)).toMatchObject({ tokens: ['order', '*', 'of', 'user', '*', 'placed'], service: 'shop' });
});

test('what varies without digits becomes a wildcard where most of the line is the same', () => {
  const { idOf, templateOf } = templates();
  const id = idOf('shop', 'the payment of the order by alice was accepted');
  expect(idOf('shop', 'the payment of the order by bob was accepted')).toBe(id);
  expect(templateOf(id).tokens.join(' ')).toBe('the payment of the order by * was accepted');
});

test('lines of other words, lengths, beginnings or services are others', () => {
  const { idOf } = templates();
  const ids = [
    idOf('shop', 'payment was accepted'),
    idOf('shop', 'payment was refused'),
    idOf('shop', 'payment was accepted at last'),
    idOf('shop', 'refund was accepted'),
    idOf('bank', 'payment was accepted'),
  ];
  expect(new Set(ids).size).toBe(5);
});

test('a template that has become more general still knows its older lines', () => {
  const { idOf } = templates();
  const lines = ['a b c d e f x', 'a b c d e f y', 'a b c d e f z'];
  const ids = lines.map((line) => idOf('shop', line));
  expect(lines.map((line) => idOf('shop', line))).toEqual(ids);
  expect(new Set(ids).size).toBe(1);
});

describe('the words of a line', () => {
  test.each([
    ['GET /a/b?id=7', ['GET', 'a', 'b', 'id', '*']],
    ['10:15:02,123 INFO ready', ['*', 'INFO', 'ready']],
    ['Größe überschritten', ['Größe', 'überschritten']],
    ['', []],
    ['--- !!! ---', []],
  ])('%s', (line, tokens) => {
    expect(tokensOf(line)).toEqual(tokens);
  });

  test('sixteen at most', () => {
    expect(tokensOf('w '.repeat(1000))).toHaveLength(16);
  });
});

describe('the text of a line', () => {
  test.each([
    ['plain', 'plain'],
    ['{"message":"hello","level":"info"}', 'hello'],
    ['{"msg":"hi"}', 'hi'],
    ['{"log":"line","stream":"stdout"}', 'line'],
    ['{"other":1}', '{"other":1}'],
    ['{not json', '{not json'],
    ['{"message":{"a":1}}', '{"message":{"a":1}}'],
  ])('%s', (body, message) => {
    expect(messageOf(body)).toBe(message);
  });

  test('a line of a megabyte is cut', () => {
    expect(messageOf('x'.repeat(1_000_000)).length).toBeLessThanOrEqual(1000);
  });
});

test('lines without any word are of one template', () => {
  const { idOf } = templates();
  expect(idOf('shop', '')).toBe(idOf('shop', '***'));
});
