import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMiner, type Miner } from '../../../../src/engine/analyze/patterns/miner.ts';
import { expected, mined } from './events.ts';

const words = 'alpha bravo carol delta erika frank grace henry irene julia karen louis'.split(' ');
const word = (n: number): string => words[n % words.length] as string;
/** A pattern without its id. */
const shown = (miner: Miner): readonly string[] =>
  miner.patterns().map(({ count, template }) => `${count} ${template}`);

function minerOf(lines: Iterable<string>): Miner {
  const miner = createMiner();
  for (const line of lines) miner.add(line);
  return miner;
}

describe('words become a parameter', () => {
  test('when there are too many for kinds of an event', () => {
    const lines = words.map((name) => `session opened for user ${name} by manager`);
    expect(shown(minerOf(lines))).toEqual(['12 session opened for user <*> by manager']);
  });

  test('but not while they are few: those are kinds', () => {
    const lines = ['up', 'down', 'up', 'unknown'].map((state) => `link of the device is ${state}`);
    expect(shown(minerOf(lines))).toEqual([
      '2 link of the device is up',
      '1 link of the device is down',
      '1 link of the device is unknown',
    ]);
  });

  test('later, the fewer words the lines share', () => {
    expect(shown(minerOf(words.slice(0, 9).map((name) => `removing ${name}`)))).toHaveLength(9);
    expect(shown(minerOf(words.map((name) => `removing ${name}`)))).toEqual(['12 removing <*>']);
    expect(shown(minerOf(words))).toHaveLength(words.length);
  });

  test('when the same slot holds numbers too', () => {
    const lines = ['not allocating memory for device lo', 'not allocating memory for device eth0'];
    expect(shown(minerOf(lines))).toEqual(['2 not allocating memory for device <*>']);
    expect(shown(minerOf(lines.toReversed()))).toEqual(['2 not allocating memory for device <*>']);
  });

  test('also where it is empty', () => {
    const users = ['7', '', 'admin'].map((user) => `invalid user ${user} from far away`);
    const hosts = ['h1', '', 'localhost'].map((host) => `login failure; host=${host} tty=ssh`);
    expect(shown(minerOf(users))).toEqual(['3 invalid user <*> from far away']);
    expect(shown(minerOf(hosts))).toEqual(['3 login failure; host=<*> tty=ssh']);
  });

  test('inside a token, beside its key and punctuation', () => {
    const lines = words.map((name) => `request of "${name}", state=done; path=[${name}] was served`);
    expect(shown(minerOf(lines))).toEqual(['12 request of "<*>", state=done; path=[<*>] was served']);
  });

  test('in two slots at once, where no slot alone has lines to compare', () => {
    const lines = words.map((name, n) => `moved file ${name} from ${word(5 * n + 3)} to the archive`);
    expect(shown(minerOf(lines))).toEqual(['12 moved file <*> from <*> to the archive']);
  });

  test('when one is usual and the others are rare', () => {
    const line = (user: string): string => `failed password for ${user} from somewhere on port 22`;
    const lines = (count: number, user: string): string[] => Array.from({ length: count }, () => line(user));
    const rare = [...lines(1, 'backup'), ...lines(2, 'mysql'), ...lines(1, 'news')];
    expect(shown(minerOf([...lines(200, 'root'), ...rare]))).toHaveLength(1);
    expect(shown(minerOf([...lines(200, 'root'), ...rare.slice(0, 3)]))).toHaveLength(3);
    expect(shown(minerOf([...lines(20, 'root'), ...rare]))).toHaveLength(4);
    expect(shown(minerOf([...lines(200, 'root'), ...lines(20, 'guest'), ...rare.slice(0, 3)]))).toHaveLength(4);
  });
});

test('the order of lines does not matter', () => {
  const events = {
    opened: words.map((name, n) => `session ${n} opened for user ${name}`),
    closed: words.map((name, n) => `session ${n} closed for user ${name}`),
    started: ['service started', 'service started'],
    stopped: ['service stopped'],
  };
  const reversed = Object.fromEntries(Object.entries(events).map(([name, lines]) => [name, lines.toReversed()]));
  expect(mined(events)).toEqual(expected(events));
  expect(mined(reversed)).toEqual(expected(events));
});

test('add says the group as it is, groupOf what became of it', () => {
  const miner = createMiner();
  const groups = words.map((name) => miner.add(`session opened for user ${name} by manager`));
  expect(groups.slice(0, 4)).toEqual([0, 1, 2, 3]);
  expect(new Set(groups.map((group) => miner.groupOf(group)))).toEqual(new Set([0]));
  expect(miner.add('session opened for user nobody by manager')).toBe(0);
});

test('a pattern has the id of its first template, its lines and its first line', () => {
  const one = minerOf(['disk 7 is full', 'disk 8 is full', 'other']).patterns();
  expect(one).toEqual([
    { id: expect.stringMatching(/^[0-9a-f]{16}$/), template: 'disk <*> is full', count: 2, example: 'disk 7 is full' },
    { id: expect.any(String), template: 'other', count: 1, example: 'other' },
  ]);
  expect(minerOf(['other', 'disk 1 is full']).patterns()[1]?.id).toBe(one[0]?.id);
});

describe('over a restart', () => {
  const lines = Array.from({ length: 600 }, (_, n) => [
    `session ${n} opened for user ${word(n)} by manager`,
    `moved ${n} files of ${word(n * n)} to the archive`,
    n % 2 ? 'link is up' : 'link is down',
  ]).flat();

  test.each([0, 1, 7, 20, 300, 1000])('after %i lines, nothing is lost', (at) => {
    const first = minerOf(lines.slice(0, at));
    const second = createMiner();
    expect(second.restore(JSON.parse(JSON.stringify(first.snapshot())))).toBe(true);
    for (const line of lines.slice(at)) expect(second.add(line)).toBe(first.add(line));
    expect(second.patterns()).toEqual(first.patterns());
    expect(second.patterns()).toEqual(minerOf(lines).patterns());
  });

  test('what is no snapshot is refused, and changes nothing', () => {
    const miner = minerOf(lines);
    const before = miner.patterns();
    const good = JSON.parse(JSON.stringify(miner.snapshot()));
    const bad: unknown[] = [null, 1, 'x', [], {}, { ...good, version: 0 }, { ...good, groups: undefined }];
    bad.push({ ...good, groups: good.groups.slice(0, 1) });
    bad.push({ ...good, groups: [{ ...good.groups[0], parent: 5 }, ...good.groups.slice(1)] });
    bad.push({ ...good, siblings: { ...good.siblings, open: ['x'] } });
    bad.push({ ...good, siblings: { ...good.siblings, templates: [{ tokens: [1], group: 0 }] } });
    expect(bad.map((state) => miner.restore(state))).toEqual(bad.map(() => false));
    expect(miner.patterns()).toEqual(before);
  });
});

describe('any input', () => {
  test('is some line of some pattern', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'a1 =:."([])<>/') }),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), (lines) => {
        const miner = minerOf(lines);
        expect(miner.patterns().reduce((sum, { count }) => sum + count, 0)).toBe(lines.length);
        const other = createMiner();
        expect(other.restore(JSON.parse(JSON.stringify(miner.snapshot())))).toBe(true);
        expect(other.patterns()).toEqual(miner.patterns());
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test('lone surrogates, control characters and ten million characters', () => {
    const miner = minerOf(['\ud800', '\udc00\ud800 x', '\u0000\u0001\u001b[31m', '', 'é'.repeat(10_000_000)]);
    expect(miner.patterns().map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
    expect(Math.max(...miner.patterns().map(({ example }) => example.length))).toBe(1000);
  });
});

describe('limits', () => {
  const noise = (n: number): string =>
    Array.from({ length: 6 }, (_, part) => word(n * (part + 3) + (n >> part)) + 'x'.repeat((n >> (2 * part)) % 9)).join(
      ' ',
    );

  test('what comes after the last template that fits has one pattern', () => {
    const miner = createMiner({ maxTemplates: 50 });
    for (let n = 0; n < 5000; n++) miner.add(noise(n));
    const patterns = miner.patterns();
    expect(patterns.length).toBeLessThanOrEqual(51);
    expect(patterns.find(({ template }) => template === '<*>')?.count).toBeGreaterThan(1000);
    expect(patterns.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  });

  test('a name that is new in every line takes no memory', () => {
    const miner = createMiner();
    const size = (): number => JSON.stringify(miner.snapshot()).length;
    const name = (n: number): string =>
      n.toString(26).replace(/[0-9]/g, (digit) => 'qrstuvwxyz'[Number(digit)] as string);
    for (let n = 0; n < 100; n++) miner.add(`user ${name(n)} came in by the front door`);
    const before = size();
    for (let n = 100; n < 50_000; n++) miner.add(`user ${name(n)} came in by the front door`);
    expect(shown(miner)).toEqual(['50000 user <*> came in by the front door']);
    expect(size() - before).toBeLessThan(20);
  });
});
