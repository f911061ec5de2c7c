import { Effect } from 'effect';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPatterns } from '../../../../src/engine/analyze/meeting/patterns.ts';
import { lookAtPatterns, type PatternAsk } from '../../../../src/engine/analyze/meeting/show/look.ts';
import type { ListedPattern } from '../../../../src/engine/analyze/meeting/show/list-patterns.ts';
import type { PatternChange } from '../../../../src/engine/analyze/meeting/changes/pattern-changes.ts';
import type { Meeting } from '../../../../src/engine/analyze/meeting/together/beginning.ts';
import { changes, meetings, patterns } from '../../../../src/engine/analyze/meeting/show/render.ts';
import { sparkline } from '../../../../src/engine/analyze/meeting/show/sparkline.ts';
import { openMeetingStore, type MeetingStore } from './meeting-store.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 20, 12, 0);
const trace = 'ab'.repeat(16);

describe('obs patterns over a store', () => {
  let store: MeetingStore;
  beforeAll(async () => {
    store = await openMeetingStore();
    await store.insertLogs(
      Array.from({ length: 240 }, (_, n) => ({
        timeMs: begin + n * 2500,
        service: n % 2 === 0 ? 'shop' : 'mail',
        body: n % 2 === 0 ? `order ${n} taken` : `mail ${n} sent to \u001b[31mlist`,
        traceId: n === 100 ? trace : '',
      })),
    );
    await store.insertSpans(
      Array.from({ length: 60 }, (_, n) => ({
        timeMs: begin + n * 9000,
        traceId: (n * 2_654_435_761 + 7).toString(16).padStart(32, '0'),
        spanId: 'a',
        service: 'shop',
        operation: 'POST /order',
        ms: n % 3 === 0 ? 500 : 20 + n / 10,
        attributes: { tenant: n % 3 === 0 ? 'big' : 'small' },
      })),
    );
  });
  afterAll(() => store.close());

  const look = (ask: Partial<PatternAsk>) =>
    store.run(lookAtPatterns({ fromMs: begin, toMs: begin + 10 * minute, limit: 50, ...ask }));

  test('what nobody has mined is mined then and there, said, and not kept', async () => {
    const { rows, text, notes } = await look({});
    expect(rows).toMatchObject([
      { signal: 'logs', service: 'mail', count: 120, text: 'mail <*> sent to [<*>' },
      { signal: 'logs', service: 'shop', count: 120, text: 'order <*> taken' },
      { signal: 'traces', service: 'shop', count: 60, text: 'shop POST /order' },
    ]);
    expect(notes).toEqual(['Nobody has mined patterns of this time (`obs up` does): mined just now, and not kept.']);
    expect(text(120)).not.toContain('\u001b');
    expect((await look({ signal: 'logs', service: 'shop' })).rows).toHaveLength(1);
    expect((await look({ fromMs: 0, toMs: minute })).notes).toEqual(['No log lines and no traces in this time.']);
  });

  test('what the analyzer mined is listed with its trend, and the same as when mined just now', async () => {
    const before = await look({});
    await store.run(Effect.asVoid(createPatterns(null).mine(begin + 4 * minute)));
    const partly = await look({});
    expect(partly.notes).toEqual([]);
    const mining = createPatterns(null);
    for (let more = 1; more > 0;) more = (await store.run(mining.mine(begin + 10 * minute + 30_000))).minutes;
    const { rows, text, notes } = await look({});
    expect(notes).toEqual([]);
    const counted = (all: readonly object[]) => all.map((row) => ({ ...row, trend: 0, p50: 0, lastMs: 0 }));
    expect(counted(rows)).toEqual(counted(before.rows));
    const wide = text(120).split('\n');
    const at = wide.indexOf('  order <*> taken');
    expect(wide[at - 1]).toMatch(/^ +120 .*█.* 11-20 12:00:00 +shop +[0-9a-f]{8}$/);
    const narrow = text(80).split('\n');
    expect(narrow.every((line) => stringWidth(line) <= 80)).toBe(true);
    expect(narrow.join('\n')).not.toContain('…');
    expect(narrow[0]).not.toContain('trend');
    expect(narrow).toContain('  mail <*> sent to [<*>');
    const long = { ...(rows[0] as ListedPattern), text: 'a word '.repeat(60).trim() };
    const told = patterns([long], 80).trimEnd().split('\n').slice(3);
    expect(told).toHaveLength(3);
    expect(told[2]).toMatch(/word …$/);
    expect((await look({ limit: 1 })).notes).toEqual(['2 more with --limit.']);
  });

  test('a pattern leads to its lines, a shape to its traces and to what parts the slow ones', async () => {
    const { rows } = await look({});
    const [, shop, shape] = rows as readonly { id: string }[];
    const lines = await look({ pattern: shop!.id.slice(0, 6), limit: 2 });
    expect(lines.text(100).split('\n')).toEqual([
      '2026-11-20T12:09:50.000000Z shop order 236 taken',
      '2026-11-20T12:09:55.000000Z shop order 238 taken',
    ]);
    const traces = await look({ pattern: shape!.id, limit: 3 });
    expect(traces.rows).toHaveLength(4);
    expect(traces.text(100)).toContain('20 of 60 traces took over');
    expect(traces.text(100)).toContain('tenant=big: 100 % of slow, 0 % of fast');
  });

  test('a trace leads to the patterns of its lines', async () => {
    const { rows, text } = await look({ ofTrace: trace });
    expect(rows).toMatchObject([
      { body: 'order 100 taken', pattern: { text: 'order <*> taken' }, parameters: ['100'] },
    ]);
    expect(text(100)).toContain('order <*> taken');
    expect((await look({ ofTrace: 'cd'.repeat(16) })).notes).toEqual(['The trace has no log lines.']);
  });

  test('where there is nothing to tell that is said, and why', async () => {
    expect((await look({ isNew: true })).notes[0]).toContain('Ten minutes before it must have been mined');
    expect((await look({ signal: 'metrics' })).notes[0]).toContain('half an hour of features');
    expect(await store.fails(lookAtPatterns({ fromMs: 0, toMs: 1, limit: 1, ofTrace: 'x' }))).toMatchObject({
      _tag: 'BadInput',
    });
  });

  test('changes, and what began together, are said in full at 80 columns', () => {
    const words = 'three times as many as in stretches as long of the day before, all of them from one host';
    const change = { surprise: 12.3, kind: 'rate', signal: 'logs', service: 'checkout', id: 'abcdef0123456789' };
    const told = changes([{ ...change, words, text: 'order <*> taken' } as PatternChange], 80)
      .trimEnd()
      .split('\n');
    expect(told[2]).toMatch(/^ +12\.3 +rate +logs +checkout +abcdef01$/);
    expect(
      told
        .slice(3)
        .map((line) => line.trim())
        .join(' '),
    ).toBe(`${words} order <*> taken`);
    const beginning = { onsetMs: begin, surprise: 3, kind: 'version', service: 'checkout', words };
    const meeting = { startMs: begin, surprise: 4, beginnings: [beginning] } as unknown as Meeting;
    expect(meetings([meeting], 80).replaceAll(/\s+/g, ' ')).toContain(`version ${words}`);
  });

  test('a trend is drawn against its largest part', () => {
    expect(sparkline([0, 1, 4, 8])).toBe(' ▂▅█');
    expect(sparkline([0, 0])).toBe('  ');
  });
});
