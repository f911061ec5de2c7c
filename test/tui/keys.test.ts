import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyNames, type RawKey } from '../../src/tui/key-names.ts';
import { actionOf, bindingsFor, bindingsOf, keymap } from '../../src/tui/keys.ts';
import { footerLine } from '../../src/tui/present/frame.ts';
import { helpLines } from '../../src/tui/present/help.ts';
import { lineWidth, type Line } from '../../src/tui/present/text.ts';
import { commandHelp } from '../../src/tui/state/command.ts';
import { answerAll, freshModel, press, roleNamed } from './support/fixtures.ts';

const textOf = (line: Line): string => line.map((s) => s.text).join('');
const docs = readFileSync(join(import.meta.dirname, '../../docs/watch.md'), 'utf8');

const noKey: RawKey = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  backspace: false,
  delete: false,
  ctrl: false,
  shift: false,
  meta: false,
};

describe('one table of keys', () => {
  test('no key does two things', () => {
    const keys = keymap.flatMap((b) => b.keys);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { action, keys: own } of keymap) for (const key of own) expect(actionOf(key)).toBe(action);
  });

  test('help shows all of it, and all commands', () => {
    const help = helpLines(roleNamed('sre'), 149).map(textOf).join('\n');
    for (const { label, help: text } of keymap) expect(help).toMatch(new RegExp(`${escape(label)}\\s+${escape(text)}`));
    for (const [form] of commandHelp) expect(help).toContain(`:${form}`);
  });

  test('the page in docs/ has the same table, in the same order', () => {
    const rows = [...docs.matchAll(/^\| `([^`]+)` \| (Move|Look|Find|Go) \| (.+) \|$/gm)].map(
      ([, label, group, help]) => ({ label, group, help }),
    );
    expect(rows).toEqual(keymap.map(({ label, group, help }) => ({ label, group, help })));
    const commands = [...docs.matchAll(/^\| `:([^`]+)` \| (.+) \|$/gm)].map(([, form, help]) => [
      form?.replaceAll('\\|', '|'),
      help,
    ]);
    expect(commands).toEqual(commandHelp);
  });

  test('the footer shows what fits, the most useful first, quit and help everywhere', () => {
    const model = answerAll(freshModel({ page: 'traces', columns: 250 }));
    const wide = textOf(footerLine(model));
    expect(wide.trim().startsWith('? help  q quit  Enter explain  o open')).toBe(true);
    for (const { label, short } of bindingsFor('traces', true)) expect(wide).toContain(`${label} ${short}`);
    for (const { action } of bindingsOf('traces')) {
      const shown = [true, false].flatMap((isRed) => bindingsFor('traces', isRed).map((b) => b.action));
      expect(shown).toContain(action);
    }
    const narrow = footerLine({ ...model, size: { columns: 60, rows: 16 } });
    expect(lineWidth(narrow)).toBe(60);
    expect(textOf(narrow)).toContain('? help');
  });
});

test('the footer tells what Enter does of the selected row, and the other key for the rest', () => {
  const model = answerAll(freshModel({ page: 'services', columns: 120 }));
  expect(textOf(footerLine(model))).toContain(' Enter explain  o open ');
  expect(textOf(footerLine(press(model, 'G')))).toContain(' Enter open  x explain ');
});

describe('names of keys', () => {
  test.each([
    ['', { upArrow: true }, ['up']],
    ['', { pageDown: true }, ['pagedown']],
    ['', { return: true }, ['enter']],
    ['', { escape: true }, ['esc']],
    ['', { tab: true }, ['tab']],
    ['', { tab: true, shift: true }, ['shift-tab']],
    ['', { delete: true }, ['backspace']],
    ['d', { ctrl: true }, ['ctrl-d']],
    ['', { ctrl: true }, []],
    ['x', { meta: true }, []],
    ['G', { shift: true }, ['G']],
    [' ', {}, ['space']],
    ['jjk', {}, ['j', 'j', 'k']],
    ['a\rb', {}, ['a', 'enter', 'b']],
    ['京', {}, ['京']],
  ] as const)('%j %j', (input, key, names) => {
    expect(keyNames(input, { ...noKey, ...key })).toEqual(names);
  });

  test.each(['downArrow', 'leftArrow', 'rightArrow', 'pageUp', 'home', 'end', 'backspace'] as const)(
    '%s has a name',
    (key) => {
      expect(keyNames('', { ...noKey, [key]: true })).toEqual([key.replace('Arrow', '').toLowerCase()]);
    },
  );
});

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
