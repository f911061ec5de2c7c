import { stripVTControlCharacters, styleText } from 'node:util';
import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { wrap, wrapParts } from '../../../src/engine/explain/render/columns.ts';
import type { Paint } from '../../../src/engine/explain/render/paint.ts';
import { renderText } from '../../../src/engine/explain/render/text.ts';
import { beyond, confidenceText, culpritText } from '../../../src/engine/explain/render/wording.ts';
import { emptyAnswer, incident, nothingUnusual, samples, slowTrace, withTexts } from './sample-explanation.ts';

describe.each(Object.entries(samples))('%s', (_, make) => {
  test('at 80 columns', () => expect(renderText(make())).toMatchSnapshot());
  test('at 120 columns', () => expect(renderText(make(), { width: 120 })).toMatchSnapshot());

  test('says no line twice', () => {
    const lines = renderText(make(), { width: 200 })
      .split('\n')
      .filter((line) => /^\S|^ {2,3}\S/.test(line) && line.length > 30);
    expect(lines.filter((line, at) => lines.indexOf(line) !== at)).toEqual([]);
  });
});

describe('the first screen of an incident', () => {
  const screen = renderText(incident()).split('\n').slice(0, 23).join('\n');

  test('has what happened, why, how sure, what else, what would have been, and how it spread', () => {
    expect(screen).toMatch(/^gateway "POST \/checkout" takes 2\.21 s instead of 212 ms/);
    expect(screen).toContain('Why: payment waits for a connection');
    expect(screen).toContain('Very likely (86 %): payment "POST /charges".');
    expect(screen.replaceAll(/\s+/g, ' ')).toContain(
      'Also possible: instance payment-7d9f of payment (8 %), host postgres-0 (4 %).',
    );
    expect(screen).toContain('Without it gateway');
    expect(screen.replaceAll(/\s+/g, ' ')).toContain('as usual, so it holds.');
    expect(screen).toContain('payment → checkout → web → gateway');
  });

  test('leaves out suspects that hardly count', () => expect(screen).not.toContain('(1 %)'));
});

test('a check that does not hold is said in another colour', () => {
  const answer = incident();
  const check = { traces: 9, holds: false, sentence: 'It is not the whole cause.' };
  const tagged = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
  const paint: Paint = {
    dim: tagged('dim'),
    error: tagged('error'),
    warning: tagged('warning'),
    good: tagged('good'),
    accent: tagged('accent'),
  };
  const text = renderText({ ...answer, without: { ...answer.without!, check } }, { paint, width: 200 });
  expect(text).toContain('<warning>It is not the whole cause.</warning>');
  expect(renderText({ ...answer, without: { ...answer.without!, check: null } })).toContain(
    'Not checked: too few traces',
  );
  expect(renderText(nothingUnusual(), { paint, width: 200 })).toMatch(/^<good>Nothing unusual/);
});

test('many of a kind are cut, and said to be', () => {
  const answer = incident();
  const many = <T>(list: readonly T[]): readonly T[] => Array.from({ length: 30 }, (_, at) => list[at % list.length]!);
  const text = renderText({
    ...answer,
    findings: many(answer.findings),
    symptoms: many(answer.symptoms),
    attributes: many(answer.attributes),
    changes: many(answer.changes),
    anomalies: many(answer.anomalies),
  });
  for (const rest of ['25 more findings', '25 more operations', '26 more', '25 older'])
    expect(text).toContain(`… `.concat(rest.startsWith('25 more findings') ? `and ${rest}` : rest));
  expect(text.split('\n').length).toBeLessThan(140);
});

/** Texts of every kind of trouble for a terminal: wide, combining, invisible, controlling, long. */
const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '支払い'.repeat(30),
      '👩‍👩‍👧‍👦'.repeat(20),
      '\u001b]0;title\u0007',
      'e\u0301'.repeat(50),
      '\u202e\u2066x',
      'x'.repeat(500),
      'a b '.repeat(90),
    ),
  ),
  { minLength: 1, maxLength: 12 },
);

test('whatever telemetry holds, no line is wider than the terminal, and nothing reaches it but text', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 60, max: 220 }), (texts, width) => {
      const [said = ''] = renderText({ ...withTexts(texts), next: [] }, { width }).split('\nNext\n');
      for (const line of said.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
    { numRuns: 60, seed: 11 },
  );
});

test('colours change nothing but colour, whatever the answer', () => {
  const red = (text: string): string => styleText('red', text, { validateStream: false });
  const paint: Paint = { dim: red, error: red, warning: red, good: red, accent: red };
  for (const make of Object.values(samples)) {
    expect(stripVTControlCharacters(renderText(make(), { paint }))).toBe(renderText(make()));
  }
});

describe('wording', () => {
  test.each([
    [0.97, 'Almost certain (97 %)'],
    [0.8, 'Very likely (80 %)'],
    [0.5, 'Likely (50 %)'],
    [0.3, 'Possible (30 %)'],
    [0.05, 'A guess (5 %)'],
    [0, null],
  ])('a confidence of %d is %s', (confidence, text) => expect(confidenceText({ confidence })).toBe(text));

  test('a culprit is named as exactly as it is known', () => {
    const culprit = { service: 'payment', operation: 'POST /charges', spanId: '' };
    expect(culpritText({ ...culprit, operation: '' })).toBe('payment');
    expect(culpritText({ ...culprit, dependency: 'bank', version: '2', instance: 'p-1', host: 'h' })).toBe(
      'payment "POST /charges" (version 2, instance p-1, host h), which calls bank',
    );
  });

  test('what was said is not said again', () => {
    const said = ['It took 2 s. Why: the pool is full.', 'Pool'];
    expect(beyond(['the pool is full.', 'Pool: in 6 of 6 traces', 'New.'], said)).toEqual([
      'Seen in 6 of 6 traces',
      'New.',
    ]);
    expect(beyond(['That explains 2 s (9 %) of the trace.'], ['explains 2 s (9 %)'])).toEqual([]);
  });

  test('a number keeps its unit when a line breaks, and parts stay whole where they can', () => {
    expect(wrap('it took 12 ms or 90 % of 3 spans', 10)).toEqual(['it took', '12 ms or', '90 % of 3', 'spans']);
    expect(wrapParts(['one two', 'three', 'a very long part'], 12)).toEqual([
      'one two',
      'three',
      'a very long',
      'part',
    ]);
    expect(wrapParts(['one two', 'three'], 20, '  ')).toEqual(['  one two · three']);
  });

  test('a time of another day is told with its day', () => {
    const usual = { ...emptyAnswer().scope, usualFrom: '2026-03-13T10:00:00Z', usualTo: '2026-03-14T10:00:00Z' };
    expect(renderText(emptyAnswer({ scope: usual }), { width: 120 })).toContain(
      'usual from 2026-03-13 10:00:00–10:00:00',
    );
    expect(renderText(slowTrace())).toContain('Trace ');
  });
});
