import { Effect } from 'effect';
import { expect, test } from 'vitest';
import { readAge, readPruneRule } from '../../src/commands/shared/prune-flags.ts';

const now = Date.parse('2026-01-31T12:00:00Z');
const rule = (flags: Parameters<typeof readPruneRule>[0]) => Effect.runPromise(readPruneRule(flags, now));
const refused = (flags: Parameters<typeof readPruneRule>[0]) =>
  Effect.runPromise(Effect.flip(readPruneRule(flags, now)));

test('what shall go is told by age or by the size that is left', async () => {
  expect(await rule({ 'older-than': '3d' })).toEqual({ before: '2026-01-28' });
  expect(await rule({ 'older-than': '1h' })).toEqual({ before: '2026-01-31' });
  expect(await rule({ to: '10GiB' })).toEqual({ toBytes: 10 * 1024 ** 3 });
});

test('no hint, typed as it stands, lets go of more than it says', async () => {
  for (const bad of ['foo', '250ms', '59m', '0d', '-3d']) {
    expect(await refused({ 'older-than': bad })).toMatchObject({ hint: expect.stringContaining('--older-than 3d') });
    expect(await Effect.runPromise(Effect.flip(readAge(bad, '90d')))).toMatchObject({
      what: expect.stringContaining(bad),
      hint: expect.stringContaining('--older-than 90d'),
    });
  }
  expect(await refused({ 'older-than': '250ms' })).toMatchObject({ why: expect.stringContaining('less than an hour') });
});

test('a size that is none, or below nothing, is refused with the reason', async () => {
  expect(await refused({ to: '-5GiB' })).toMatchObject({ why: expect.stringContaining('not below 0') });
  expect(await refused({ to: 'much' })).toMatchObject({ why: expect.stringContaining('it is no size') });
  expect(await refused({})).toMatchObject({ hint: expect.stringContaining('--dry-run') });
});
