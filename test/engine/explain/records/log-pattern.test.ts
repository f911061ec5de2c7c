import { describe, expect, test } from 'vitest';
import { tokensOf } from '../../../../src/engine/cause/records/templates.ts';
import { patternOf } from '../../../../src/engine/explain/records/log-pattern.ts';

const fits = (tokens: readonly string[], line: string): boolean => new RegExp(patternOf(tokens), 'su').test(line);

describe('the pattern of a template', () => {
  test.each([
    'order 17 of user 4 placed',
    '10:15:02,123 INFO [main] ready in 3.5 s',
    'id=0f3a-77b1-c2d4 x',
    'GET /a/b?id=7&q=%20',
    'Größe überschritten: 12 €',
    '(1 + 1) * [2] {3} ^$ \\d',
    '',
    '  --- ',
    Array.from({ length: 40 }, (_, at) => `w${'abc'[at % 3]}`).join(' '),
  ])('fits the line that it comes from: %s', (line) => {
    expect(fits(tokensOf(line), line)).toBe(true);
  });

  test('fits what differs in numbers and in what varies', () => {
    expect(fits(['order', '*', 'placed'], 'order 9000 placed')).toBe(true);
    expect(fits(['order', '*', 'placed'], 'order 9000-17 a7 placed')).toBe(true);
    expect(fits(['paid', 'by', '*'], 'paid by alice')).toBe(true);
  });

  test.each([
    'order 9000 refused',
    'an order 9000 placed',
    'order 9000 placed twice',
    'order placed',
    'ORDER 1 placed',
  ])('does not fit another line: %s', (line) => {
    expect(fits(['order', '*', 'placed'], line)).toBe(false);
  });
});
