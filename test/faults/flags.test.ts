import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { amount, count, given, oneOf, parseFlags, text } from '../../bench/support/flags.ts';

const flags = { runs: count(10), seed: count(1, 0), minutes: amount(5), lie: oneOf('none', 'no-sync'), dir: text };
const parse = (...argv: string[]) => parseFlags({ ...flags, running: given }, argv);

describe('flags of fault commands', () => {
  test('have their values, or what they are without', () => {
    expect(parse()).toEqual({
      runs: 10,
      seed: 1,
      minutes: 5,
      lie: 'none',
      dir: undefined,
      running: false,
      json: false,
    });
    expect(
      parse('--runs', '3', '--seed=0', '--minutes', '0.5', '--lie', 'no-sync', '--dir', '/x', '--running'),
    ).toEqual({
      runs: 3,
      seed: 0,
      minutes: 0.5,
      lie: 'no-sync',
      dir: '/x',
      running: true,
      json: false,
    });
  });

  test.each([
    [['--runs', 'abc'], '--runs takes a whole number from 1 on, not "abc"'],
    [['--runs', '0'], 'not "0"'],
    [['--runs', '-1'], '--runs takes'],
    [['--runs', '1e3'], 'not "1e3"'],
    [['--runs'], '--runs takes'],
    [['--minutes', '0'], '--minutes takes a number above 0'],
    [['--lie', 'sometimes'], '--lie takes one of none, no-sync'],
    [['--kills', '3'], '--kills is unknown'],
    [['--constructor', '3'], '--constructor is unknown'],
    [['-x'], '-x is unknown'],
    [['7'], '"7" belongs to no flag'],
    [['--running=yes'], '--running takes no value'],
  ])('%j is wrong, and it is said which there are', (argv, said) => {
    expect(() => parse(...argv)).toThrow(said);
    expect(() => parse(...argv)).toThrow(/There are:\n {2}--runs <a whole number from 1 on>/);
  });

  const bench = join(import.meta.dirname, '../../bench');
  const commands = readdirSync(bench).filter((name) => /^fault-.*\.ts$/.test(name));

  test('are read by every one of them in this one way, and none ends well without having tried something', () => {
    expect(commands.length).toBeGreaterThan(15);
    for (const command of commands) {
      const source = readFileSync(join(bench, command), 'utf8');
      expect(source, command).toMatch(/\breadFlags\(/);
      expect(source, command).toMatch(/\bendWith\(/);
      expect(source, command).not.toMatch(/\bparseArgs\b/);
    }
  });

  test('that a command does not know end it with 2 and a sentence, before it does anything', async () => {
    for (const command of ['fault-power.ts', 'fault-stall.ts']) {
      const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) =>
        execFile(process.execPath, [join(bench, command), '--bogus', '1'], (error, out, err) =>
          resolve({ code: error?.code ?? 0, stdout: out, stderr: err }),
        ),
      );
      expect({ command, code, stdout, stderr }).toEqual({
        command,
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^--bogus is unknown\. There are:\n/),
      });
    }
  });
});
