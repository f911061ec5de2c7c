import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { distinctAttributes, featureNames } from '../../../../src/engine/analyze/features/names.ts';

const page = readFileSync(new URL('../../../../docs/features.md', import.meta.url), 'utf8');
const words = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word));

describe('docs/features.md', () => {
  test('names every feature, and every attribute whose values are counted', () => {
    const names = featureNames.map(({ name }) => name.replace('*', '<attribute>'));
    expect(names.filter((name) => !words.has(name))).toEqual([]);
    expect(distinctAttributes.filter((name) => !words.has(name))).toEqual([]);
  });

  test('has no row of values for a feature that is not', () => {
    const table = page.slice(page.indexOf('| feature | unit |'), page.indexOf('The list in code'));
    const rows = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)]);
    const known = new Set(featureNames.map(({ name }) => name.replace('*', '<attribute>')));
    expect(rows.length).toBeGreaterThan(25);
    expect(rows.map(([, name]) => name).filter((name) => !known.has(name!))).toEqual([]);
  });

  test('and the names are those of the statements that work them out', () => {
    const folder = new URL('../../../../src/engine/analyze/features/sql/', import.meta.url);
    const sql = ['calls', 'service', 'spans', 'metrics', 'points']
      .map((file) => readFileSync(new URL(`${file}-sql.ts`, folder), 'utf8'))
      .concat(readFileSync(new URL('saturation.ts', folder), 'utf8'))
      .join('\n');
    const missing = featureNames.filter(({ name }) => !new RegExp(`\\b${name.replace('*', '')}`).test(sql));
    expect(missing).toEqual([]);
  });
});
