import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patternChanges } from '../../../../src/engine/analyze/meeting/changes/pattern-changes.ts';
import {
  findPatterns,
  linesOfStoredPattern,
  patternsOfTrace,
} from '../../../../src/engine/analyze/meeting/logs/lines-of-pattern.ts';
import { listPatterns } from '../../../../src/engine/analyze/meeting/show/list-patterns.ts';
import { createPatterns, type PatternReport } from '../../../../src/engine/analyze/meeting/patterns.ts';
import { openMeetingStore, type LogLine, type MeetingStore } from './meeting-store.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 20, 12, 0);
const deploy = begin + 45 * minute;
const end = deploy + 10 * minute;

/** Three quarters of an hour of the usual lines of one service, then ten minutes after a deploy. */
function story(): LogLine[] {
  const lines: LogLine[] = [];
  const say = (timeMs: number, body: string, severity = 9): void => {
    lines.push({ timeMs, service: 'shop', body, severity });
  };
  for (let at = 0; at < 55; at++) {
    const timeMs = begin + at * minute;
    const isAfter = timeMs >= deploy;
    for (let n = 0; n < 30 + (at % 5); n++) say(timeMs + n * 1000, `GET /cart/${n * 7919} answered in ${n + 3} ms`);
    const retries = isAfter ? 80 : 4;
    for (let n = 0; n < retries; n++)
      say(timeMs + n * 500, `retrying order ${at}${n} for region ${n % 2 ? 'north' : 'south'}`);
    if (!isAfter) for (let n = 0; n < 12; n++) say(timeMs + n * 3000, `cache warmed with ${n}00 keys`);
    const names = ['anna', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal'];
    say(
      timeMs + 900,
      JSON.stringify({ level: 'info', ts: timeMs, message: `user ${names[at % 8]} of the shop logged in` }),
    );
    if (isAfter)
      for (let n = 0; n < 6; n++) say(timeMs + n * 4000, `payment declined by acquirer ${n}: pool exhausted`, 17);
    if (at !== 50) continue;
    say(timeMs + 100, 'retrying order 9 for region atlantis');
    say(timeMs + 200, 'GET /cart/5 answered in 91000 ms');
  }
  return lines;
}

describe('the log lines of a service, before and after a deploy', () => {
  let store: MeetingStore;
  let first: PatternReport;
  let saved = '';
  beforeAll(async () => {
    store = await openMeetingStore();
    await store.insertLogs(story());
    const patterns = createPatterns(null);
    // The analyzer looks every minute; here at 12:42 after a start, then at the end of the story.
    await store.run(mineUntil(patterns, begin + 42 * minute));
    saved = patterns.state();
    first = await store.run(mineUntil(patterns, end));
  });
  afterAll(() => store.close());

  const mineUntil = (patterns: ReturnType<typeof createPatterns>, toMs: number) =>
    Effect.gen(function* () {
      let report = yield* patterns.mine(toMs + 30_000);
      for (;;) {
        const more = yield* patterns.mine(toMs + 30_000);
        if (more.minutes === 0) return report;
        report = { ...more, lines: report.lines + more.lines, fresh: [...report.fresh, ...more.fresh] };
      }
    });
  const listed = () => store.run(listPatterns({ fromMs: begin, toMs: end, signal: 'logs' }));
  const changes = () => store.run(patternChanges({ fromMs: deploy, toMs: end, signal: 'logs' }));
  const idOf = async (text: string): Promise<string> =>
    (await listed()).find((pattern) => pattern.text.includes(text))!.id;

  test('every line is counted for its statement, numbers and names are parameters, and JSON is read by its message', async () => {
    const all = (await listed()).toSorted((a, b) => (a.text < b.text ? -1 : 1));
    expect(all.map(({ text, count }) => [text, count])).toEqual([
      ['GET <*> answered in <*>', 55 * 32 + 1],
      ['cache warmed with <*> keys', 540],
      ['payment declined by acquirer <*>: pool exhausted', 60],
      ['retrying order <*> for region atlantis', 1],
      ['retrying order <*> for region north', 45 * 2 + 10 * 40],
      ['retrying order <*> for region south', 45 * 2 + 10 * 40],
      ['user <*> of the shop logged in', 55],
    ]);
    expect(first.sampledServices).toEqual([]);
  });

  test('a deploy brings a new line, one that is gone, one twenty times as often, and a value never seen: ranked', async () => {
    const found = await changes();
    expect(found.map(({ kind, text }) => [kind, text])).toEqual([
      ['rate', 'retrying order <*> for region south'],
      ['rate', 'retrying order <*> for region north'],
      ['vanished', 'cache warmed with <*> keys'],
      ['parameter', 'GET <*> answered in <*>'],
      ['new', 'payment declined by acquirer <*>: pool exhausted'],
      ['new', 'retrying order <*> for region atlantis'],
    ]);
    const words = found.map((change) => change.words);
    expect(words[0]).toMatch(/^20× its usual 2\.?\d* a minute, since 12:45$/);
    expect(words[2]).toMatch(/^gone since 12:45: usually 12 a minute$/);
    expect(words[3]).toBe('parameter 2 is 91000 ms, usually 3 to 36, since 12:50');
    expect(words[4]).toBe('new since 12:45: 60 lines');
    expect(found[4]!.severity).toBe('ERROR');
  });

  test('nothing is told of the time before, and nothing of a range with no history', async () => {
    const quiet = { fromMs: begin + 25 * minute, toMs: begin + 40 * minute };
    expect(await store.run(patternChanges(quiet))).toEqual([]);
    expect(await store.run(patternChanges({ fromMs: begin, toMs: end }))).toEqual([]);
  });

  test('a restarted analyzer goes on where it was: the same ids, and counts that are not doubled', async () => {
    const before = await listed();
    const again = createPatterns(saved);
    await store.run(mineUntil(again, end));
    expect(await listed()).toEqual(before);
    const fresh = (await store.run(createPatterns(again.state()).mine(end + 30_000))).minutes;
    expect(fresh).toBe(0);
  });

  test('without its state, or with one that cannot be read, a statement has its stored id again', async () => {
    const before = await listed();
    const broken = createPatterns(`${saved.slice(0, 100)}!!`);
    const report = await store.run(broken.mine(end + 30_000));
    expect(report.note).toContain('could not be read');
    expect(report.minutes).toBe(0);
    await store.insertLogs([
      { timeMs: end + 1, service: 'shop', body: 'user zoe of the shop logged in' },
      { timeMs: end + 2, service: 'shop', body: 'GET /cart/1 answered in 5 s' },
    ]);
    await store.run(broken.mine(end + minute + 30_000));
    const after = await store.run(listPatterns({ fromMs: end, toMs: end + minute }));
    const idBefore = (text: string): string => before.find((pattern) => pattern.text === text)!.id;
    expect(after.map(({ id, text }) => [id, text]).toSorted()).toEqual(
      ['user <*> of the shop logged in', 'GET <*> answered in <*>'].map((text) => [idBefore(text), text]).toSorted(),
    );
  });

  test('from a pattern to its lines, and from a trace to the patterns of its lines', async () => {
    const [pattern] = await store.run(findPatterns((await idOf('logged in')).slice(0, 9)));
    const lines = await store.run(linesOfStoredPattern(pattern!, { fromMs: deploy, toMs: end }, 5));
    expect(lines.map(({ parameters }) => parameters)).toEqual([['cleo'], ['dan'], ['eve'], ['finn'], ['gus']]);
    await store.insertLogs([
      { timeMs: end, service: 'shop', body: 'cache warmed with 7 keys', traceId: 'ab'.repeat(16) },
      { timeMs: end + 5, service: 'shop', body: 'what nobody ever wrote', traceId: 'ab'.repeat(16) },
    ]);
    const ofTrace = await store.run(patternsOfTrace('AB'.repeat(16)));
    expect(ofTrace.map(({ pattern: own }) => own?.text ?? null)).toEqual(['cache warmed with <*> keys', null]);
  });

  test('an id that is none, or several, is refused', async () => {
    expect(await store.fails(findPatterns('zz'))).toMatchObject({
      _tag: 'BadInput',
      why: 'no stored pattern has that id',
    });
    expect(await store.fails(findPatterns(''))).toMatchObject({ why: 'the ids of several patterns begin so' });
  });
});
