import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import { readToldChange, type TypedChange } from '../../../../src/engine/analyze/changes/told-change.ts';

const now = Date.UTC(2026, 0, 31, 12);
const minute = 60_000;
const day = 24 * 60 * minute;

const deployed: TypedChange = { service: 'cart', kind: 'deployment', to: '3.2.0' };
const read = (typed: Partial<TypedChange>) => Effect.runPromise(readToldChange({ ...deployed, ...typed }, now));
const refused = (typed: Partial<TypedChange>) =>
  Effect.runPromise(Effect.flip(readToldChange({ ...deployed, ...typed }, now)));

describe('what is told of a change', () => {
  test('is now, or when --at says: a date, some time ago with or without a minus, a little ahead', async () => {
    expect(await read({})).toMatchObject({ atMs: now, isTimed: false, service: 'cart', toVersion: '3.2.0' });
    for (const at of ['5m', '-5m', ' 5m ', '2026-01-31T11:55:00Z', '2026-01-31T12:55:00+01:00']) {
      expect(await read({ at }), at).toMatchObject({ atMs: now - 5 * minute, isTimed: true });
    }
    expect(await read({ at: 'now' })).toMatchObject({ atMs: now, isTimed: true });
    // The clock of a pipeline that runs ahead.
    expect(await read({ at: '2026-01-31T12:10:00Z' })).toMatchObject({ atMs: now + 10 * minute });
    expect(await read({ at: '400d' })).toMatchObject({ atMs: now - 400 * day });
  });

  test('has the id that was given, else one of its own for the same words of the same moment', async () => {
    expect((await read({ id: ' gitlab:42/deploy#1 ' })).id).toBe('gitlab:42/deploy#1');
    const { id } = await read({});
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect((await read({})).id).toBe(id);
    expect((await read({ to: '3.2.1' })).id).not.toBe(id);
    expect((await read({ at: '1s' })).id).not.toBe(id);
  });

  test('may be as long as it is kept, in any language, and no longer', async () => {
    expect((await read({ note: 'あ'.repeat(800), service: 'c'.repeat(100) })).note).toHaveLength(800);
    expect(await refused({ note: 'x'.repeat(1200) })).toMatchObject({
      what: `Cannot use --note ${'x'.repeat(20)}…`,
      why: 'it has 1,200 characters, and 800 are kept',
    });
    for (const flag of ['service', 'environment', 'from', 'to'] as const) {
      expect((await refused({ [flag]: 'x'.repeat(101) })).what, flag).toContain(`--${flag} `);
    }
    const link = `https://ci.example.com/${'x'.repeat(300)}`;
    expect((await refused({ link })).why).toContain('300 are kept');
  });

  test('is refused where nothing says what was changed, or of what', async () => {
    expect(await refused({ service: '  ' })).toMatchObject({ what: 'Cannot use --service "  "', why: 'it is empty' });
    expect((await refused({ to: undefined })).hint).toContain('--to');
    expect((await refused({ kind: 'flag', to: ' ', note: '', link: '' })).hint).toContain('--note');
    expect(await read({ kind: 'flag', to: undefined, note: 'on' })).toMatchObject({ kind: 'flag', note: 'on' });
    expect(await read({ to: undefined, link: 'https://ci.example.com/1' })).toMatchObject({ toVersion: '' });
  });

  test('is refused at a time that cannot be read, is not yet, or is not kept', async () => {
    for (const at of ['soon', '', '5', 'm', '2026-13-45', '1e999d', '31.01.2026']) {
      expect((await refused({ at })).why, at).toContain('neither a span such as 10m');
    }
    for (const at of ['2026-01-31T12:10:00.001Z', '2099-01-01', '+275760-09-13'.slice(1)]) {
      expect((await refused({ at })).what, at).toContain('--at');
    }
    expect((await refused({ at: '2099-01-01' })).why).toBe('that is in the future');
    for (const at of ['401d', '1969-12-31T23:59:59Z', '0001-01-01']) {
      expect((await refused({ at })).why, at).toContain('kept for 400 days');
    }
  });

  test('is refused with a link that is none, or that holds a password, which is not repeated', async () => {
    for (const link of ['ci/42', 'javascript:alert(1)', 'file:///etc/passwd', 'https://']) {
      expect((await refused({ link })).why, link).toContain('no http or https address');
    }
    const secret = await refused({ link: 'https://me:geheim@ci.example.com/1' });
    expect(JSON.stringify(secret)).not.toContain('geheim');
  });

  test('is refused with an id that would not stand in a command or a table', async () => {
    for (const id of ['a b', "'; DROP", 'x'.repeat(65), '\u001b[2J', 'ä']) {
      expect((await refused({ id })).why).toContain('up to 64 letters');
    }
  });

  test('stands in errors without what would move a cursor', async () => {
    const errors = [
      await refused({ at: 'soon\u001b[2J\u0007' }),
      await refused({ to: undefined, service: 'ca\u001b[31mrt\nx' }),
      await refused({ link: '\u202egnp' }),
      await refused({ note: `\u001b]0;title\u0007${'x'.repeat(900)}` }),
    ];
    for (const { what } of errors) expect(what).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});
