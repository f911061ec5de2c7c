import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allEvidence } from '../../../src/engine/explain/evidence/all-evidence.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import { noPaint } from '../../../src/engine/explain/render/paint.ts';
import { explanationFormats, render, type RenderOptions } from '../../../src/engine/explain/render/render.ts';
import { failLevels, failsOn } from '../../../src/engine/explain/severity.ts';
import {
  emptyStore,
  failedTrace,
  incident,
  nothingUnusual,
  samples,
  slowTrace,
  withTexts,
} from './sample-explanation.ts';
import { readMarkup, textOf, type Element } from './markup-reader.ts';

const options: RenderOptions = { width: 80, paint: noPaint };
const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x>',
      "' onload='x",
      ']]>',
      '-->',
      '&lt;',
      '</style><style>',
      '\u0000\u001b[2J',
      '\ud800',
      '\ufffe',
      '`',
      '```\n# x',
    ),
    fc.constantFrom('%0A::error::x', '::error title=a,b::c\r\n::warning::d', '::stop-commands::x', '\n\n'),
  ),
  { minLength: 1, maxLength: 10 },
);
const whatever = (check: (answer: Explanation) => void): void =>
  fc.assert(
    fc.property(hostile, (texts) => check(withTexts(texts))),
    { numRuns: 60, seed: 3 },
  );
const elementsOf = (root: Element, name: string): readonly Element[] => [
  ...(root.name === name ? [root] : []),
  ...root.children.flatMap((child) => (typeof child === 'string' ? [] : elementsOf(child, name))),
];

describe('HTML', () => {
  const page = (answer: Explanation): Element => readMarkup(render(answer, 'html', options), 'html');
  /** Elements and attributes that a page is made of. */
  const made = (root: Element): ReadonlySet<string> =>
    new Set([
      root.name,
      ...Object.keys(root.attributes).map((name) => `@${name}`),
      ...root.children.flatMap((child) => (typeof child === 'string' ? [] : [...made(child)])),
    ]);

  test.each(Object.entries(samples))('of %s closes what it opens, and says what the verdict says', (_, make) => {
    const text = textOf(page(make())).replaceAll(/\s+/g, ' ');
    for (const part of make().verdict.sentence.split(/ (?=Why: |Most likely: )/)) expect(text).toContain(part);
  });

  test('loads nothing, runs nothing, and its policy allows its own style alone', () => {
    const root = page(incident());
    const metas = elementsOf(root, 'meta').map(({ attributes }) => attributes);
    const policy = metas.find((meta) => meta['http-equiv'] === 'Content-Security-Policy')?.['content'];
    const hash = createHash('sha256')
      .update(textOf(elementsOf(root, 'style')[0]!))
      .digest('base64');
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
    const parts = made(root);
    for (const part of ['script', 'link', 'img', 'iframe', 'form', 'a', '@src', '@href', '@style', '@onload']) {
      expect(parts).not.toContain(part);
    }
    expect(textOf(elementsOf(root, 'style')[0]!)).not.toMatch(/url\(|@import|expression/);
  });

  test('folds every piece of evidence away, with its statement', () => {
    const answer = incident();
    const folded = elementsOf(page(answer), 'details').map((each) => textOf(each));
    for (const { evidence } of allEvidence(answer)) {
      expect(folded.some((text) => text.includes(evidence.sql) && text.includes(evidence.id))).toBe(true);
    }
  });

  test('draws time where it was: own time of the bank nearly over the whole width', () => {
    const bars = elementsOf(page(slowTrace()), 'rect').filter(({ attributes }) => attributes['class'] === 'own');
    const widest = Math.max(...bars.map(({ attributes }) => Number(attributes['width'])));
    expect(widest).toBe(950);
    for (const { attributes } of bars) {
      expect(Number(attributes['x'])).toBeGreaterThanOrEqual(0);
      expect(Number(attributes['x']) + Number(attributes['width'])).toBeLessThanOrEqual(1000);
    }
  });

  test('is made of the same parts whatever telemetry says: none of it is more than text', () => {
    const known = made(page(incident()));
    whatever((answer) => {
      const parts = made(page(answer));
      expect([...parts].filter((part) => !known.has(part))).toEqual([]);
      expect(render(answer, 'html', options)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe]/);
    });
  });
});

describe('JUnit', () => {
  const suiteOf = (answer: Explanation, failOn?: RenderOptions['failOn']): Element => {
    const root = readMarkup(render(answer, 'junit', { ...options, failOn }), 'xml');
    expect(root.name).toBe('testsuites');
    const [suite] = elementsOf(root, 'testsuite');
    const [cases, failures] = [elementsOf(suite!, 'testcase').length, elementsOf(suite!, 'failure').length];
    for (const { attributes } of [root, suite!]) {
      expect(attributes).toMatchObject({ tests: String(cases), failures: String(failures), errors: '0' });
    }
    return suite!;
  };
  const failuresOf = (answer: Explanation, failOn?: RenderOptions['failOn']): number =>
    elementsOf(suiteOf(answer, failOn), 'failure').length;

  test('is one test that passed when nothing is unusual', () => {
    for (const make of [nothingUnusual, emptyStore]) {
      expect(elementsOf(suiteOf(make()), 'testcase')).toHaveLength(1);
      for (const level of failLevels) expect(failuresOf(make(), level)).toBe(0);
    }
  });

  test('has a case for the verdict, each finding and each symptom, and fails those that are as bad', () => {
    const answer = incident();
    const names = elementsOf(suiteOf(answer), 'testcase').map(({ attributes }) => attributes['classname']);
    expect(names).toHaveLength(1 + answer.findings.length + answer.symptoms.length);
    expect(names).toContain('obs.explain.finding.checkout');
    expect(failuresOf(answer, 'warning')).toBe(names.length);
    // Not the finding that is a warning.
    expect(failuresOf(answer, 'critical')).toBe(names.length - 1);
  });

  test('fails exactly when the command does', () => {
    for (const make of [...Object.values(samples), () => ({ ...failedTrace(), findings: [] })]) {
      for (const level of failLevels) expect(failuresOf(make(), level) > 0).toBe(failsOn(make(), level));
    }
  });

  test('is XML whatever telemetry says', () => whatever((answer) => void suiteOf(answer)));
});

describe('GitHub annotations', () => {
  /** As the runner reads a line back (`ActionCommand.TryParseV2`). */
  const read = (line: string) => {
    const match = /^::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)$/.exec(line);
    expect(match, line).not.toBeNull();
    const data = (text = ''): string => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
    const property = (text = ''): string => data(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
    return { command: match![1], title: property(match![2]), message: data(match![3]) };
  };
  const linesOf = (answer: Explanation) => render(answer, 'github', options).trimEnd().split('\n').map(read);

  test('say the verdict first, each finding by its severity, and nothing else', () => {
    const [verdict, ...rest] = linesOf(incident());
    expect(verdict).toMatchObject({ command: 'error', title: 'obs explain: Incident inc-20260314-7f3a' });
    expect(verdict!.message).toContain('90 % less, in 1,180 calls');
    expect(verdict!.message).toContain('\nVery likely (86 %)');
    expect(rest).toContainEqual(
      expect.objectContaining({ command: 'warning', title: 'checkout tries "POST /payments" 4 times' }),
    );
    expect(linesOf(nothingUnusual())).toMatchObject([{ command: 'notice' }]);
  });

  test('are at most as many as GitHub shows, and say how many more there are', () => {
    const answer = incident();
    const many = { ...answer, findings: Array.from({ length: 30 }, () => answer.findings[1]!) };
    const warnings = linesOf(many).filter(({ command }) => command === 'warning');
    expect(warnings).toHaveLength(10);
    expect(warnings.at(-1)?.message).toBe('21 more like these');
  });

  test('cannot be ended or begun by what telemetry says', () => whatever((answer) => void linesOf(answer)));
});

describe('Markdown', () => {
  test.each(Object.entries(samples))('of %s', (_, make) => {
    expect(render(make(), 'markdown', options)).toContain('### Next');
  });

  test('closes its fences and details, and formats nothing of what telemetry says', () =>
    whatever((answer) => {
      const text = render(answer, 'markdown', options);
      const outside: string[] = [];
      let fence = '';
      for (const line of text.split('\n')) {
        const ticks = /^`{3,}/.exec(line)?.[0] ?? '';
        if (fence === '' && ticks !== '') fence = ticks;
        else if (fence !== '' && line === fence) fence = '';
        else if (fence === '') outside.push(line);
      }
      expect(fence).toBe('');
      const prose = outside.join('\n');
      expect(prose.match(/<details>/g)?.length).toBe(prose.match(/<\/details>/g)?.length);
      expect(prose.replaceAll(/\\.|`[^`\n]*`/g, '').replaceAll(/<\/?(?:details|summary)>|\*\*/g, '')).not.toMatch(
        /[<`*_]/,
      );
    }));
});

test('JSON is the answer, whatever it is', () => {
  for (const make of Object.values(samples)) {
    expect(JSON.parse(render(make(), 'json', options))).toEqual(JSON.parse(JSON.stringify(make())));
  }
});

test('every format ends its last line', () => {
  for (const format of explanationFormats.filter((name) => name !== 'json')) {
    expect(render(incident(), format, options)).toMatch(/\S\n+$/);
  }
});
