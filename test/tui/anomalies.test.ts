import { describe, expect, test } from 'vitest';
import { alarmLine } from '../../src/tui/present/alarm.ts';
import { predictionColumns, withoutTime } from '../../src/tui/present/anomalies.ts';
import { anomalyLines, rarity } from '../../src/tui/present/anomaly.ts';
import { featureFigure } from '../../src/tui/present/feature-figure.ts';
import { scopeLine, tabsLine } from '../../src/tui/present/frame.ts';
import { seriesLines } from '../../src/tui/present/series-line.ts';
import { lineWidth, type Line } from '../../src/tui/present/text.ts';
import { until } from '../../src/tui/present/time.ts';
import type { PanelData } from '../../src/tui/state/data.ts';
import { listOf, selectedKey } from '../../src/tui/state/lists.ts';
import { currentPage, currentView, type Model, type PaneId } from '../../src/tui/state/model.ts';
import { wantedPanels } from '../../src/tui/state/requests.ts';
import { rowsOf } from '../../src/tui/state/rows.ts';
import { update } from '../../src/tui/state/update.ts';
import { alarmOf, anomaliesAt, calmAt, noAlarm, predictionsAt, seriesAt } from './support/anomaly-fixtures.ts';
import { alarmed, answerAll, freshModel, now, press } from './support/fixtures.ts';

const textOf = (line: Line): string => line.map((s) => s.text).join('');
const minute = 60_000;
const hour = 60 * minute;

/** Keys with the data of an open incident coming after each. */
const play = (model: Model, ...names: readonly string[]): Model =>
  names.reduce((m, name) => answerAll(press(m, name), alarmed), model);
const open = (data: PanelData = alarmed, columns = 120, rows = 40): Model =>
  answerAll(freshModel({ page: 'anomalies', columns, rows }), data);
const keys = (model: Model, pane: PaneId): readonly string[] => rowsOf(model, pane).map((r) => r.key);
const chosen = (model: Model, pane: PaneId): string | null =>
  selectedKey(listOf(currentView(model), pane), rowsOf(model, pane));

describe('the page of anomalies', () => {
  test('it shows the anomalies of the selected incident; a shows all, and the incident again', () => {
    const model = open();
    expect(keys(model, 'incidents')).toEqual(['i1', 'i2']);
    expect(keys(model, 'anomalies')).toEqual(['a1', 'a2']);
    expect(keys(play(model, 'j'), 'anomalies')).toEqual(['a4']);
    expect(keys(play(model, 'a'), 'anomalies')).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(keys(play(model, 'a', 'a'), 'anomalies')).toEqual(['a1', 'a2']);
  });

  test('another incident begins at its first anomaly, whichever was selected before', () => {
    const second = play(open(), 'tab', 'j');
    expect(chosen(second, 'anomalies')).toBe('a2');
    expect(chosen(play(second, 'shift-tab', 'j', 'k'), 'anomalies')).toBe('a1');
  });

  test('Tab goes through incidents, anomalies, details and predictions', () => {
    const panes = [0, 1, 2, 3, 4].map(
      (tabs) => currentView(play(open(), ...Array.from({ length: tabs }, () => 'tab'))).pane,
    );
    expect(panes).toEqual(['incidents', 'anomalies', 'anomaly', 'predictions', 'incidents']);
    const calm = open({ ...alarmed, anomalies: calmAt(now) });
    expect(currentView(press(calm, 'tab')).pane).toBe('predictions');
  });

  test('the series of the selected anomaly is asked for, of the carrier that tells the most', () => {
    const series = (model: Model) => wantedPanels(model).find((r) => r.id === 'series');
    const model = open();
    expect(series(model)).toMatchObject({ series: { subject: 'Server POST /pay', feature: 'p99_ms' }, endMs: null });
    expect(series(play(model, 'tab', 'j'))).toMatchObject({ series: { service: 'checkout', feature: 'p95_ms' } });
    // The error of a model has no windows.
    const { anomalies } = alarmed.anomalies;
    const [worst, ...rest] = anomalies;
    const [first, ...others] = worst!.carriers;
    const voted = { ...worst!, carriers: [{ ...first!, feature: 'model rows' }, ...others] };
    const data = { ...alarmed, anomalies: { ...alarmed.anomalies, anomalies: [voted, ...rest] } };
    expect(series(open(data))).toMatchObject({ series: { feature: 'error_rate' } });
    // One without carriers has none.
    expect(series(play(model, 'j'))).toBeUndefined();
  });

  test('on a small screen the details alone still follow the list', () => {
    const small = play(open(alarmed, 60, 16), 'tab', 'tab');
    expect(wantedPanels(small).map((r) => r.id)).toEqual(['totals', 'alarm', 'anomalies', 'series']);
    expect(chosen(play(small, 'e'), 'anomalies')).toBe('a1');
  });

  test('e goes to critical ones, and says when there is no other', () => {
    const model = play(open(), 'j');
    expect(chosen(play(model, 'e'), 'incidents')).toBe('i1');
    const calm = { ...alarmed, anomalies: { ...alarmed.anomalies, incidents: alarmed.anomalies.incidents.slice(1) } };
    expect(press(open(calm), 'e').notice).toBe('No other one in this list');
    expect(chosen(play(open(), 'shift-tab', 'G', 'e'), 'predictions')).toBe('p1');
  });

  test('/ filters incidents, anomalies and predictions alike', () => {
    const found = press(open(), '/', 'd', 'i', 's', 'k', 'enter');
    expect(keys(found, 'incidents')).toEqual([]);
    expect(keys(found, 'predictions')).toEqual(['p2']);
    const pay = press(open(), '/', 'P', 'A', 'Y', 'enter');
    expect(keys(pay, 'incidents')).toEqual(['i1']);
    expect(keys(pay, 'anomalies')).toEqual(['a1']);
    expect(currentView(press(pay, 'esc')).filter).toBe('');
  });
});

describe('o goes to the service at that time, Enter too where nothing is red', () => {
  test('of an incident to where it came from, within the range that is shown', () => {
    const model = play(open(), 'o');
    expect(currentView(model)).toMatchObject({ place: 'service', subject: 'payment' });
    expect(model.rangeMs).toBe(15 * minute);
    expect(currentPage(press(model, 'esc'))).toBe('anomalies');
  });

  test('of one that lies further back with a wider range, which ends with Esc', () => {
    const model = play(open(), 'j', 'enter');
    expect(currentView(model)).toMatchObject({ place: 'service', subject: 'おすすめ-recommendations' });
    expect(model.rangeMs).toBe(24 * hour);
    expect(wantedPanels(model).at(-1)).toMatchObject({ id: 'service', rangeMs: 24 * hour });
    expect(press(model, 'esc')).toMatchObject({ rangeMs: 15 * minute });
    expect(press(model, '1')).toMatchObject({ rangeMs: 15 * minute });
    // Further down it stays, and all the way back it is the old one again.
    const deeper = play(model, 'o');
    expect(deeper.rangeMs).toBe(24 * hour);
    expect(press(deeper, 'esc', 'esc').rangeMs).toBe(15 * minute);
  });

  test('a range that one chooses there stays', () => {
    const model = play(open(), 'j', 'enter', ':', 's', 'i', 'n', 'c', 'e', 'space', '6', 'h', 'enter');
    expect(press(model, 'esc').rangeMs).toBe(6 * hour);
  });

  test('of an anomaly of a host to that host, of a prediction to its service or host; l to the logs', () => {
    const host = play(open(), 'a', 'tab', 'j', 'j', 'enter');
    expect(currentView(host)).toMatchObject({ place: 'resources', pane: 'hosts', filter: 'node-2' });
    expect(host.rangeMs).toBe(hour);
    const budget = play(open(), 'shift-tab', 'enter');
    expect(currentView(budget)).toMatchObject({ place: 'service', subject: 'checkout' });
    expect(currentView(play(open(), 'shift-tab', 'j', 'enter'))).toMatchObject({
      place: 'resources',
      filter: 'node-1',
    });
    expect(currentView(play(open(), 'tab', 'j', 'l'))).toMatchObject({ place: 'logs', subject: 'checkout' });
  });

  test('what names nobody says so', () => {
    const { anomalies } = alarmed;
    const nameless = { ...anomalies.anomalies[0]!, service: '', carriers: [] };
    const data = { ...alarmed, anomalies: { ...anomalies, incidents: [], anomalies: [nameless] } };
    const model = answerAll(press(open(data), 'tab'), data);
    expect(press(model, 'o').notice).toBe('It names neither a service nor a host');
  });
});

describe('an incident that is open', () => {
  const header = (model: Model): string => textOf(scopeLine(model));

  test('is in the header of every page, paused or not, and gone when it is over', () => {
    for (const page of ['services', 'traces', 'logs', 'resources', 'anomalies'] as const) {
      const model = answerAll(freshModel({ page }), alarmed);
      expect(header(model)).toContain('✗ 1 incident: payment: p99 of POST /pay 4.1×');
      expect(header(answerAll(model, { ...alarmed, alarm: noAlarm }))).not.toContain('incident');
      const paused = press(answerAll(freshModel({ page }), { ...alarmed, alarm: noAlarm }), 'space');
      expect(header(answerAll(paused, alarmed))).toContain('1 incident');
    }
  });

  test('the address, the counts and then its words give way; the time and the count never do', () => {
    for (let columns = 60; columns <= 260; columns++) {
      const model = answerAll(freshModel({ columns, rows: 24 }), alarmed);
      expect(lineWidth(scopeLine(model))).toBe(columns);
      expect(header(model)).toContain('✗ 1 incident');
      expect(header(model)).toContain('12:00:00');
    }
    expect(header(answerAll(freshModel({ columns: 200 }), alarmed))).toContain(
      '1.28M spans  90.4k logs · 127.0.0.1:8123',
    );
  });

  test('its severity is a mark and a tone; the service is named once', () => {
    const alarm = alarmOf(anomaliesAt(now));
    expect(alarmLine(alarm, 200).map((s) => s.tone)).toEqual(['bad', 'normal']);
    const warning = {
      open: 2,
      worst: { ...alarm.worst!, severity: 'warning' as const, summary: 'p99 4.1× its usual 180 ms' },
    };
    expect(textOf(alarmLine(warning, 200))).toBe('! 2 incidents: payment p99 4.1× its usual 180 ms');
    expect(textOf(alarmLine(warning, 20))).toBe('! 2 incidents');
    expect(alarmLine(noAlarm, 200)).toEqual([]);
  });
});

test('tabs of five pages fit the smallest screen, and of a longer state of the engine', () => {
  const narrow = answerAll(freshModel({ columns: 60, rows: 16 }));
  expect(textOf(tabsLine(narrow)).trim()).toBe('1 services 2 anomalies 3 traces 4 logs 5 resources   ● live');
  const away = update(narrow, { type: 'failed', id: 'totals', atMs: now, reason: 'gone', away: true });
  expect(textOf(tabsLine(away))).toBe('obs 1 services 2 3 4 5               ○ engine away, retrying');
});

describe('details of an anomaly', () => {
  const { anomalies, incidents } = anomaliesAt(now);
  const lines = (width: number): readonly string[] =>
    anomalyLines(anomalies[0]!, incidents[0]!, seriesAt(now), { nowMs: now, zone: 'utc' }, width).map(textOf);

  test('carriers with their shares and figures, how it was found, and what it is like', () => {
    const text = lines(100).join('\n');
    expect(text).toMatch(
      /carried +62% {2}p99 of POST \/pay 4\.1× its usual 180 ms {2}738ms, usual 180ms \(120ms to 240ms\)/,
    );
    // Words that nobody wrote are made of the names.
    expect(text).toMatch(/ 7% {2}calls of Client POST/);
    expect(text).toMatch(/raised by +shift, level, combination/);
    expect(text).toMatch(/learned +from days of history/);
    expect(text).toMatch(/alike +01-22 12:00, 87%: card processor was away/);
    for (const line of lines(58)) expect(line.length).toBe(58);
  });

  test('figures that are not known are left out, not shown as zero', () => {
    const carrier = { ...anomalies[0]!.carriers[0]!, value: Number.NaN, usualLow: Number.NaN };
    const [, , , , first] = anomalyLines(
      { ...anomalies[0]!, carriers: [carrier] },
      null,
      undefined,
      { nowMs: now, zone: 'utc' },
      100,
    ).map(textOf);
    expect(first?.trimEnd()).toMatch(/its usual 180 ms$/);
  });

  test('the score in words', () => {
    expect([-1, 0, 1, 2.5].map(rarity)).toEqual([
      'by chance about 10 times a week',
      'by chance about once a week',
      'by chance about once in 10 weeks',
      'by chance about once in 6 years',
    ]);
  });

  test('its series: a gap is blank, zero is not, and a rule marks the anomaly', () => {
    const fromMs = now - 10 * minute;
    const points = [0, 1, 2, 4, 5, 6, 7, 8, 9].map((m) => [fromMs + m * minute, m < 5 ? m : 20] as const);
    const series = { stepMs: minute, fromMs, toMs: now, points };
    const stretch = { startMs: fromMs + 5 * minute, endMs: fromMs + 8 * minute };
    const [bars, rule, axis] = seriesLines(series, { feature: 'calls' }, stretch, 'bad', 'utc', 80).map(textOf);
    expect(bars).toBe('▁▁▁ ▂█████');
    expect(rule).toBe('     ━━━━ ');
    expect(axis).toBe('11:50:00 to 12:00:00, highest 20');
    expect(seriesLines({ ...series, points: [] }, { feature: 'calls' }, stretch, 'bad', 'utc', 80).map(textOf)).toEqual(
      ['no windows of it are kept'],
    );
  });

  test('sentences are shown without their time in UTC, which stands beside them in the zone of the screen', () => {
    expect(withoutTime('p99 4.1× its usual 180 ms, since 14:02:10')).toBe('p99 4.1× its usual 180 ms');
    expect(withoutTime('p99 up since 2026-01-31 14:02 UTC, and 2 more')).toBe('p99 up, and 2 more');
    expect(withoutTime('calls since the deploy')).toBe('calls since the deploy');
  });
});

test('figures of features in their units', () => {
  const figures = [
    ['p99_ms', 738],
    ['eventloop_delay_ms', 0.25],
    ['error_rate', 0.091],
    ['cpu', 0.5],
    ['memory_share', 1],
    ['memory_bytes', 1.5 * 1024 ** 3],
    ['calls', 4321],
    ['load', Number.NaN],
  ] as const;
  expect(figures.map(([feature, value]) => featureFigure(feature, value))).toEqual([
    '738ms',
    '250µs',
    '9.10%',
    '50.0%',
    '100%',
    '1.50 GiB',
    '4.32k',
    '–',
  ]);
});

describe('predictions', () => {
  test('when it will be', () => {
    const ahead = [now + 45 * minute, now + 5 * hour, now + 20_000, now - 20_000, now - 5 * minute, null];
    expect(ahead.map((atMs) => until(atMs, now))).toEqual(['in 45m', 'in 5h', 'in 20s', 'now', '5m ago', '?']);
  });

  test('earliest and latest, and a latest that is never', () => {
    const columns = predictionColumns({ nowMs: now, zone: 'utc' });
    const between = columns.find((c) => c.id === 'between')!;
    const cells = predictionsAt(now).predictions.map((p) => between.cell(p, 20));
    expect(cells.map((c) => ('text' in c ? c.text : ''))).toEqual(['24m and 1h', '3h and 9h', 'after 30h']);
  });
});
