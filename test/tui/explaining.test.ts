import { describe, expect, test } from 'vitest';
import type { Question } from '../../src/engine/explain/question.ts';
import { answerPane } from '../../src/tui/present/explanation.ts';
import { footerLine } from '../../src/tui/present/frame.ts';
import { lineWidth, type Line } from '../../src/tui/present/text.ts';
import { frameText } from '../../src/tui/screen.tsx';
import type { PageId } from '../../src/tui/roles.ts';
import { answerRows, bare } from '../../src/tui/state/answer-rows.ts';
import { answerInSight } from '../../src/tui/state/explaining.ts';
import { currentPage, currentView, type Model } from '../../src/tui/state/model.ts';
import { wantedPanels } from '../../src/tui/state/requests.ts';
import { update } from '../../src/tui/state/update.ts';
import { plainTheme } from '../../src/tui/theme.ts';
import { emptyAnswer, incident, nothingUnusual, samples, withTexts } from '../engine/explain/sample-explanation.ts';
import { tell, told } from './support/explanations.ts';
import { alarmed, answerAll, freshModel, now, play, press, shop, traceId } from './support/fixtures.ts';

const minute = 60_000;
const open = (page: PageId, columns = 120, rows = 40): Model =>
  answerAll(freshModel({ page, role: 'sre', columns, rows }), alarmed);
const asked = (model: Model): Question | undefined => model.explaining?.question;
const textOf = (line: Line): string => line.map((s) => s.text).join('');
const last15: Question = { ask: 'range', range: { fromMs: now - 15 * minute, toMs: now } };

describe('Enter on what is red asks why', () => {
  test('a service: over the range that is shown', () => {
    const model = press(open('services'), 'enter');
    expect(asked(model)).toEqual({ ...last15, services: ['checkout'] });
    expect(model.explaining).toMatchObject({ about: 'checkout, last 15 min', outcome: { state: 'working' } });
    expect(currentPage(model)).toBe('services');
  });

  test('an operation, a trace, a group of errors', () => {
    const operation = press(play(open('services'), 'o'), 'enter');
    expect(asked(operation)).toEqual({ ...last15, services: ['checkout'], operation: 'POST /checkout' });
    expect(operation.explaining?.about).toBe('POST /checkout of checkout, last 15 min');
    expect(asked(press(open('traces'), 'enter'))).toEqual({ ask: 'trace', traceId });
    const errors = press(open('traces'), 'tab', 'enter');
    expect(asked(errors)).toEqual({ ...last15, services: ['payment'], operation: 'POST /pay' });
  });

  test('an incident and an anomaly, whose summary is the title', () => {
    const found = press(open('anomalies'), 'enter');
    expect(asked(found)).toEqual({ ask: 'incident', id: 'i1' });
    expect(found.explaining?.about).toContain('p99 of POST /pay 4.1× its usual 180 ms');
    expect(asked(press(open('anomalies'), 'tab', 'enter'))).toEqual({ ask: 'anomaly', id: 'a1' });
  });

  test('a version and a log record; a record without a trace by its service', () => {
    const versions = answerAll(freshModel({ role: 'devops', columns: 120, rows: 40 }));
    expect(currentView(versions).pane).toBe('deployments');
    expect(asked(press(versions, 'enter'))).toEqual({ ...last15, services: ['payment'] });
    const logs = open('logs');
    expect(asked(press(logs, 'enter'))).toMatchObject({ ask: 'trace' });
    const alone = { ...shop, logs: shop.logs.map((record) => ({ ...record, traceId: '' })) };
    const old = { ...shop, logs: alone.logs.map((record) => ({ ...record, atMs: now - 40 * minute })) };
    expect(asked(press(answerAll(open('logs'), alone), 'enter'))).toEqual({ ...last15, services: ['web'] });
    const then = now - 39 * minute;
    expect(asked(press(answerAll(open('logs'), old), 'enter'))).toEqual({
      ask: 'range',
      range: { fromMs: then - 15 * minute, toMs: then },
      services: ['web'],
    });
  });

  test('what is red has a ✗ and what has a ✗ is red, on every page', () => {
    const lists: readonly (readonly [PageId, readonly string[], number])[] = [
      ['services', [], 7],
      ['services', ['o'], 4],
      ['traces', [], 8],
      ['traces', ['tab'], 3],
      ['traces', ['o'], 9],
      ['logs', [], 5],
      ['resources', [], 3],
      ['anomalies', [], 2],
      ['anomalies', ['a', 'tab'], 4],
    ];
    const kinds = new Set<boolean>();
    for (const [page, keys, rows] of lists) {
      let model = play(open(page, 120, 50), ...keys);
      for (let row = 0; row < rows; row++) {
        const isMarked = frameText(model, plainTheme).includes('▸✗');
        const what = `${page} ${keys.join()} row ${row}`;
        expect(press(model, 'enter').explaining !== null, what).toBe(isMarked);
        const footer = textOf(footerLine(model));
        expect(footer, what).toContain(isMarked ? 'Enter explain  o open' : 'Enter open');
        expect(footer.includes('x explain'), what).toBe(!isMarked);
        kinds.add(isMarked);
        model = press(model, page === 'logs' ? 'k' : 'j');
      }
    }
    expect(kinds.size).toBe(2);
  });

  test('predictions tell of what may come: they are opened', () => {
    const model = play(open('anomalies'), 'shift-tab', 'enter');
    expect(currentView(model)).toMatchObject({ place: 'service' });
    expect(press(open('anomalies'), 'shift-tab', 'x').notice).toMatch(/^Nothing to explain here/);
  });
});

describe('x asks about any row', () => {
  test('a calm service, a host, an anomaly in full, the trace of a waterfall', () => {
    expect(asked(press(open('services'), 'G', 'x'))).toEqual({ ...last15, services: [expect.any(String)] });
    const hosts = answerAll(freshModel({ role: 'devops', columns: 120, rows: 40 }));
    expect(asked(press(hosts, 'tab', 'x'))).toMatchObject({ services: ['cart', 'checkout', 'payment'] });
    expect(asked(press(open('anomalies'), 'tab', 'tab', 'x'))).toEqual({ ask: 'anomaly', id: 'a1' });
    const waterfall = play(open('traces'), 'o');
    for (const keys of [[], ['tab'], ['tab', 'tab']])
      expect(asked(press(waterfall, ...keys, 'x'))).toEqual({ ask: 'trace', traceId });
    // By its first digits it was looked for, by its whole id it is asked about.
    const typed = answerAll(press(freshModel(), ':', ...traceId.slice(0, 6), 'enter'));
    expect(asked(press(typed, 'x'))).toEqual({ ask: 'trace', traceId });
  });

  test('where there is no row it says so', () => {
    const model = press(freshModel({ page: 'services' }), 'x');
    expect(model).toMatchObject({ explaining: null, notice: expect.stringMatching(/^Nothing to explain here/) });
  });

  test('the time is that of the picture, at least 10 minutes and an hour at most', () => {
    const range = (model: Model): number => {
      const question = asked(press(model, 'x'));
      if (question?.ask !== 'range') throw new Error('no range');
      expect(question.range.toMs).toBe(now);
      return question.range.toMs - question.range.fromMs;
    };
    const services = open('services');
    const since = (range: string): Model =>
      answerAll(press(services, ':', ...'since'.split(''), 'space', ...range.split(''), 'enter'));
    expect(range(since('1m'))).toBe(10 * minute);
    expect(range(since('20m'))).toBe(20 * minute);
    expect(range(since('6h'))).toBe(60 * minute);
    const held = update(press(services, 'space'), { type: 'ticked', nowMs: now + 30 * minute });
    expect(range(held)).toBe(15 * minute);
  });
});

describe('while an answer is shown', () => {
  const asking = press(open('services', 80, 24), 'enter');

  test('the page below is not asked for; counts and incidents are', () => {
    expect(wantedPanels(asking).map(({ id }) => id)).toEqual(['totals', 'alarm']);
  });

  test('it tells how long it has been worked on', () => {
    const later = update(asking, { type: 'ticked', nowMs: now + 3400 });
    expect(frameText(later, plainTheme)).toContain('Looking at traces and their history … 3 s');
  });

  test('Esc and q close it and leave the page as it was; an answer that comes later is not shown', () => {
    for (const key of ['esc', 'q']) {
      const closed = press(asking, key);
      expect(closed).toMatchObject({ explaining: null, exit: null });
      expect(closed.views).toBe(asking.views);
      const late = update(closed, {
        type: 'explained',
        question: asked(asking)!,
        outcome: { state: 'told', explanation: incident() },
      });
      expect(late).toBe(closed);
    }
    expect(press(asking, 'ctrl-c').exit).toBe(130);
  });

  test('an answer to an earlier question is not taken for that to this one', () => {
    const again = press(asking, 'esc', 'enter');
    const late = update(again, {
      type: 'explained',
      question: asked(asking)!,
      outcome: { state: 'told', explanation: incident() },
    });
    expect(late.explaining?.outcome.state).toBe('working');
  });

  test('it scrolls to its ends, never beyond, and a key back is a row back', () => {
    const answer = told(asking, incident());
    const offset = (model: Model): number | undefined => model.explaining?.offset;
    const { count } = answerInSight(answer, answer.explaining!);
    const end = count - 20;
    expect(offset(press(answer, 'k', 'ctrl-u'))).toBe(0);
    expect(offset(press(answer, 'j', 'j', 'k'))).toBe(1);
    expect(offset(press(answer, 'ctrl-d'))).toBe(10);
    expect(offset(press(answer, 'G'))).toBe(end);
    expect(offset(press(answer, 'G', 'j', 'ctrl-d', 'k'))).toBe(end - 1);
    expect(offset(press(answer, 'G', 'g'))).toBe(0);
    // A larger screen shows the end all the same, and scrolls on from what it shows.
    const larger = update(press(answer, 'G'), { type: 'resized', columns: 80, rows: 34 });
    expect(answerInSight(larger, larger.explaining!).from).toBe(end - 10);
    expect(offset(press(larger, 'k'))).toBe(end - 11);
  });

  test('help lies over it, and other keys do nothing', () => {
    const answer = told(asking, incident());
    expect(press(answer, '?', 'esc').explaining).toBe(answer.explaining);
    for (const key of ['enter', 'x', 'o', 'tab', '1', '3', 's', 'l', 'space', '/', 'n', 'e', ':'])
      expect(press(answer, key), key).toBe(answer);
  });

  test('the footer has its keys, from the one table', () => {
    const wide = told(press(open('services', 120, 24), 'enter'), incident());
    expect(textOf(footerLine(wide)).trim()).toBe(
      '? help  Esc back  j ↓ down  k ↑ up  Ctrl-d page down  Ctrl-u page up  g first  G last',
    );
    expect(textOf(footerLine(press(wide, '?')))).toContain('Enter explain');
  });
});

describe('what an answer looks like', () => {
  const sizes = [60, 61, 62, 80, 99, 140, 250];

  test('every row of every kind of answer is as wide as the screen, and no text is cut', () => {
    for (const columns of sizes) {
      const model = press(open('services', columns, 70), 'enter');
      for (const [name, sample] of Object.entries(samples)) {
        const rows = answerRows({ outcome: { state: 'told', explanation: sample() }, startedMs: now }, now, columns);
        for (const row of rows)
          expect(bare(row).length, `${name} ${columns}: ${bare(row)}`).toBeLessThanOrEqual(Math.max(60, columns - 2));
        const words = rows.map(bare);
        expect(words.slice(0, words.indexOf('Next')).filter((row) => row.endsWith('\\'))).toEqual([]);
        const shown = told(model, sample());
        for (const line of answerPane(shown, shown.explaining!).lines) expect(lineWidth(line)).toBe(columns);
      }
    }
  });

  test('its words have the tones of the screen', () => {
    const tones = (model: Model): readonly (readonly [string, string])[] =>
      answerPane(model, model.explaining!).lines.flatMap((line) =>
        line.filter((s) => s.text.trim() !== '').map((s) => [s.text, s.tone] as const),
      );
    const asking = press(open('services', 140, 200), 'enter');
    expect(tones(told(asking, nothingUnusual()))[0]).toEqual([expect.stringMatching(/^Nothing unusual/), 'good']);
    expect(tones(told(asking, incident()))[0]?.[1]).toBe('bad');
    expect(tones(told(asking, incident()))).toContainEqual(['Next', 'accent']);
    expect(frameText(told(asking, incident()), plainTheme)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('a long command goes on below as a shell reads it: typed as it stands, it is the same', () => {
    const command =
      "obs traces --service payment-gateway-of-the-eastern-region --operation 'POST /charges of a card' --slowest --since 2026-03-14T10:04:20Z --until 2026-03-14T10:15:00Z";
    const explanation = emptyAnswer({ next: [{ command, why: 'more like it' }] });
    for (const columns of sizes) {
      const rows = answerRows({ outcome: { state: 'told', explanation }, startedMs: now }, now, columns).map(bare);
      for (const row of rows) expect(row.length).toBeLessThanOrEqual(Math.max(60, columns - 2));
      const typed = rows.slice(rows.findIndex((row) => row.includes('obs traces')));
      expect(
        typed
          .join('\n')
          .replaceAll(/ \\\n\s*/g, ' ')
          .trim(),
      ).toBe(command);
    }
    const word = emptyAnswer({ next: [{ command: `obs explain ${'f'.repeat(200)}`, why: 'x' }] });
    const rows = answerRows({ outcome: { state: 'told', explanation: word }, startedMs: now }, now, 60).map(bare);
    expect(rows.join('').replaceAll(/[^f]/g, '')).toContain('f'.repeat(200));
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(60);
  });

  test('what telemetry brings cannot steer the terminal: in the answer, the title, or a failure', () => {
    const evil = 'a\u001b[2J\u0001b\u0006\u202egnirts\nc';
    const named = { ...shop, services: shop.services.map((s) => ({ ...s, service: `${evil} ${s.service}` })) };
    const asking = press(answerAll(freshModel({ page: 'services', columns: 140, rows: 60 }), named), 'enter');
    expect(asked(asking)).toMatchObject({ services: [expect.stringContaining(evil)] });
    for (const model of [
      asking,
      told(asking, withTexts([evil, '支払い'.repeat(30)])),
      tell(asking, { state: 'failed', what: evil, why: evil, next: evil }),
    ]) {
      const frame = frameText(model, plainTheme);
      expect(frame).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(frame).toContain('Why: ');
      expect(frame.split('\n')).toHaveLength(60);
    }
  });

  test('a failure says what happened, why and what to try', () => {
    const asking = press(open('services', 60, 16), 'enter');
    const failed = tell(asking, {
      state: 'failed',
      what: 'No trace 4bf92f in the store',
      why: 'the store holds traces from 2026-01-31T11:00:00Z to 2026-01-31T12:00:00Z',
      next: 'List some with `obs traces`',
    });
    const lines = answerPane(failed, failed.explaining!).lines.map((line) => textOf(line).trimEnd());
    expect(lines).toEqual([
      '',
      'No trace 4bf92f in the store',
      'Why:  the store holds traces from 2026-01-31T11:00:00Z to',
      '      2026-01-31T12:00:00Z',
      'Next: List some with `obs traces`',
    ]);
  });
});
