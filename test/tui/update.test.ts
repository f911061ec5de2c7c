import { describe, expect, test } from 'vitest';
import { currentPage, currentView } from '../../src/tui/state/model.ts';
import { listOf, selectedIndex, selectedKey } from '../../src/tui/state/lists.ts';
import { wantedPanels } from '../../src/tui/state/requests.ts';
import { rowsOf } from '../../src/tui/state/rows.ts';
import { update } from '../../src/tui/state/update.ts';
import type { Model, PaneId } from '../../src/tui/state/model.ts';
import { answerAll, answerTo, freshModel, now, play, press, shop, traceId } from './support/fixtures.ts';

function chosen(model: Model, pane: PaneId): string | null {
  return selectedKey(listOf(currentView(model), pane), rowsOf(model, pane), pane === 'logs');
}

const ids = (model: Model): string[] => wantedPanels(model).map((r) => r.id);

describe('moving in a list', () => {
  test('j and k go one row, g and G to the ends, and never beyond them', () => {
    const model = answerAll(freshModel({ page: 'services' }));
    const names = rowsOf(model, 'services').map((r) => r.key);
    expect(chosen(model, 'services')).toBe(names[0]);
    expect(chosen(press(model, 'j', 'down'), 'services')).toBe(names[2]);
    expect(chosen(press(model, 'j', 'k', 'k', 'up'), 'services')).toBe(names[0]);
    expect(chosen(press(model, 'G'), 'services')).toBe(names.at(-1));
    expect(chosen(press(model, 'G', 'j'), 'services')).toBe(names.at(-1));
    expect(chosen(press(model, 'G', 'g'), 'services')).toBe(names[0]);
  });

  test('Ctrl-d goes half a page and the list scrolls along', () => {
    const model = answerAll(freshModel({ page: 'traces', role: 'developer' }));
    const down = press(model, 'ctrl-d', 'ctrl-d', 'ctrl-d');
    expect(selectedIndex(listOf(currentView(down), 'traces'), rowsOf(down, 'traces'))).toBe(18);
    expect(listOf(currentView(down), 'traces').offset).toBeGreaterThan(0);
    expect(chosen(press(down, 'ctrl-u', 'ctrl-u', 'ctrl-u'), 'traces')).toBe(traceId);
  });

  test('the selection stays with its row when the order changes, and nearby when the row goes', () => {
    const model = press(answerAll(freshModel({ page: 'services' })), 'j', 'j');
    const name = chosen(model, 'services');
    const request = wantedPanels(model).find((r) => r.id === 'services')!;
    const turned = update(
      model,
      answerTo(request, { ...shop, services: shop.services.map((s) => ({ ...s, errorRate: 1 - s.errorRate })) }),
    );
    expect(chosen(turned, 'services')).toBe(name);
    const gone = update(
      model,
      answerTo(request, { ...shop, services: shop.services.filter((s) => s.service !== name) }),
    );
    expect(selectedIndex(listOf(currentView(gone), 'services'), rowsOf(gone, 'services'))).toBe(2);
  });

  test('logs follow what arrives until one goes up; G follows again', () => {
    const model = answerAll(freshModel({ page: 'logs', role: 'developer' }));
    expect(chosen(model, 'logs')).toBe('log/89');
    const up = press(model, 'k');
    expect(chosen(up, 'logs')).toBe('log/88');
    const more = { ...shop, logs: [...shop.logs, { ...shop.logs[0]!, key: 'log/90' }] };
    expect(chosen(answerAll(model, more), 'logs')).toBe('log/90');
    expect(chosen(answerAll(up, more), 'logs')).toBe('log/88');
    expect(chosen(press(answerAll(up, more), 'G'), 'logs')).toBe('log/90');
  });
});

describe('going down and back', () => {
  test('o goes from a service to its operations, their traces, the waterfall and the span; Esc all the way back', () => {
    let model = play(answerAll(freshModel({ page: 'services' })), 'o');
    expect(currentView(model)).toMatchObject({ place: 'service', subject: 'checkout' });
    model = play(model, 'o');
    expect(currentView(model)).toMatchObject({ place: 'traces', subject: 'checkout', operation: 'POST /checkout' });
    model = play(model, 'o');
    expect(currentView(model)).toMatchObject({ place: 'trace', subject: traceId });
    expect(ids(model)).toEqual(['totals', 'alarm', 'trace']);
    model = play(model, 'o');
    expect(currentView(model).pane).toBe('span');
    model = press(model, 'esc', 'esc', 'esc', 'esc', 'esc');
    expect(model.views).toHaveLength(1);
    expect(currentPage(model)).toBe('services');
  });

  test('an operation without errors opens its slowest traces, for a list of failed ones would be empty', () => {
    const model = play(answerAll(freshModel({ page: 'services' })), 'o', 'j', 'enter');
    expect(currentView(model)).toMatchObject({ operation: 'GET /checkout/{id}/状態', traceSort: 'slowest' });
  });

  test('a log record opens its trace at its span; one without a trace says so', () => {
    const model = answerAll(freshModel({ page: 'logs', role: 'developer' }));
    const opened = press(model, 'o');
    expect(currentView(opened)).toMatchObject({ place: 'trace', lists: { waterfall: { key: '00f067aa0ba902b7' } } });
    expect(press(model, 'k', 'k', 'k', 'k', 'enter').notice).toBe('This record has no trace id');
  });

  test('a host shows its instances, an instance its service', () => {
    const host = play(answerAll(freshModel({ role: 'devops', columns: 120, rows: 40 })), 'tab', 'j', 'enter');
    expect(currentView(host)).toMatchObject({ pane: 'instances', filter: 'node-2' });
    expect(rowsOf(host, 'instances')).toHaveLength(3);
    expect(currentView(press(host, 'enter'))).toMatchObject({ place: 'service', subject: 'checkout' });
  });

  test('number keys follow the order of the role, and pages are found as they were left', () => {
    const model = press(answerAll(freshModel({ role: 'devops' })), '3');
    expect(currentPage(model)).toBe('services');
    expect(currentPage(press(model, '5'))).toBe('traces');
    const sorted = play(model, 's');
    expect(currentView(press(sorted, '1', '3')).serviceSort).toBe(currentView(sorted).serviceSort);
  });

  test('l opens the logs of what is selected', () => {
    const model = answerAll(freshModel({ page: 'services' }));
    expect(currentView(press(model, 'l'))).toMatchObject({ place: 'logs', subject: 'checkout' });
    const traces = answerAll(freshModel({ page: 'traces' }));
    expect(currentView(press(traces, 'l'))).toMatchObject({ place: 'trace', subject: traceId, pane: 'traceLogs' });
    expect(currentView(press(play(traces, 'o'), 'l')).pane).toBe('traceLogs');
  });
});

describe('finding', () => {
  test('/ filters while typing, Enter keeps it, Esc first clears it', () => {
    const model = answerAll(freshModel({ page: 'services' }));
    const typed = press(model, '/', 'p', 'a', 'y');
    expect(rowsOf(typed, 'services').map((r) => r.key)).toEqual(['payment']);
    const kept = press(typed, 'enter');
    expect(kept.input).toBeNull();
    expect(currentView(kept).filter).toBe('pay');
    expect(currentView(press(kept, 'esc')).filter).toBe('');
    expect(currentView(press(typed, 'esc')).filter).toBe('');
  });

  test('keys are text while typing: q does not quit, arrows write nothing, Ctrl-w takes a word', () => {
    const model = press(answerAll(freshModel()), '/', 'q', 'space', 'j', 'up', 'backspace', 'k');
    expect(model.exit).toBeNull();
    expect(model.input?.text).toBe('q k');
    expect(press(model, 'ctrl-w').input?.text).toBe('q ');
    expect(press(model, 'ctrl-u').input?.text).toBe('');
    expect(press(model, 'ctrl-u', 'backspace').input).toBeNull();
    expect(update(model, { type: 'pasted', text: ' and\nmore' }).input?.text).toBe('q k and');
    expect(press(model, 'ctrl-c').exit).toBe(130);
  });

  test('a filter of logs is asked of the engine only once it is kept', () => {
    const search = (m: Model): unknown => wantedPanels(m).find((r) => r.id === 'logs');
    const typed = press(answerAll(freshModel({ page: 'logs' })), '/', 's', 'l', 'o', 'w');
    expect(search(typed)).toMatchObject({ search: '' });
    expect(search(press(typed, 'enter'))).toMatchObject({ search: 'slow' });
  });

  test('n and N go through the matches of a waterfall, which hides nothing; e and E through errors', () => {
    const trace = play(answerAll(freshModel({ page: 'traces' })), 'o');
    const found = press(trace, '/', 's', 'e', 'l', 'e', 'c', 't', 'enter', 'n');
    const rows = rowsOf(found, 'waterfall');
    expect(rows).toHaveLength(9);
    const at = (m: Model): number => selectedIndex(listOf(currentView(m), 'waterfall'), rowsOf(m, 'waterfall'));
    expect([at(found), at(press(found, 'n')), at(press(found, 'n', 'n')), at(press(found, 'N'))]).toEqual([5, 6, 5, 6]);
    expect([at(press(trace, 'e')), at(press(trace, 'e', 'e')), at(press(trace, 'E'))]).toEqual([1, 2, 8]);
  });

  test('where there is no other one, it says so', () => {
    const model = answerAll(freshModel({ page: 'services' }), { ...shop, services: [] });
    expect(press(model, 'e').notice).toBe('Nothing here yet');
    expect(press(press(model, 'e'), 'j').notice).toBeNull();
  });
});

describe('commands', () => {
  const model = answerAll(freshModel({ page: 'services' }));
  const run = (line: string): Model =>
    press(model, ':', ...Array.from(line, (c) => (c === ' ' ? 'space' : c)), 'enter');

  test('pages, services, traces by id, ranges, roles and orders', () => {
    expect(currentPage(run('logs'))).toBe('logs');
    expect(currentView(run('service payment'))).toMatchObject({ place: 'service', subject: 'payment' });
    expect(currentView(run('payment'))).toMatchObject({ place: 'service', subject: 'payment' });
    expect(currentView(run('trace 4BF92F'))).toMatchObject({ place: 'trace', subject: '4bf92f' });
    expect(currentView(run('4bf92f3577b34da6'))).toMatchObject({ place: 'trace', subject: '4bf92f3577b34da6' });
    expect(run('since 6h').rangeMs).toBe(6 * 3_600_000);
    expect(currentPage(run('role devops'))).toBe('resources');
    expect(currentView(run('services p95')).serviceSort).toBe('p95');
    expect(currentView(run('traces slowest')).traceSort).toBe('slowest');
    expect(run('help').help).not.toBeNull();
    expect(run('q').exit).toBe(0);
  });

  test.each([
    ['nonsense', 'no command'],
    ['trace xyz', 'hex digits'],
    ['since soon', 'range such as'],
    ['role king', 'roles: developer'],
    ['traces sideways', 'sorted by'],
    ['services sideways', 'sorted by'],
    ['logs now', 'no argument'],
    ['service', 'needs a name'],
  ])('"%s" is explained and changes nothing else', (line, problem) => {
    const after = run(line);
    expect(after.notice).toContain(problem);
    expect({ ...after, notice: null }).toEqual(model);
  });

  test('Tab completes, again and backwards', () => {
    const typed = press(model, ':', 'c', 'h', 'e');
    expect(press(typed, 'tab').input?.text).toBe('service checkout');
    const traces = press(model, ':', 't', 'r', 'tab', 'tab', 'tab');
    expect(traces.input?.text).toBe('traces slowest');
    expect(press(traces, 'shift-tab').input?.text).toBe('traces recent');
    expect(press(model, ':', 'z', 'z', 'tab').input?.text).toBe('zz');
  });
});

describe('time and trouble', () => {
  test('paused: only totals and incidents are asked for, the picture stands, and it knows how far it is behind', () => {
    const model = press(answerAll(freshModel({ page: 'services' })), 'space');
    expect(model.paused).toEqual({ atMs: now, records: shop.totals.spans + shop.totals.logs });
    expect(ids(model)).toEqual(['totals', 'alarm']);
    // What was not seen yet must come all the same.
    expect(ids(press(model, '4'))).toEqual(['totals', 'alarm', 'logs']);
    expect(press(model, 'space').paused).toBeNull();
  });

  test('an engine that is away is shown, keeps the data, and is forgotten when it answers', () => {
    const model = answerAll(freshModel({ page: 'services' }));
    const away = (m: Model, atMs: number): Model =>
      update(m, { type: 'failed', id: 'totals', atMs, reason: 'gone', away: true });
    const later = away(away(model, now + 1000), now + 9000);
    expect(later.link).toEqual({ state: 'away', reason: 'gone', sinceMs: now + 1000 });
    expect(rowsOf(later, 'services')).toHaveLength(7);
    expect(answerAll(later).link).toEqual({ state: 'live' });
  });

  test('a refused query is the trouble of its panel alone', () => {
    const model = update(answerAll(freshModel({ page: 'services' })), {
      type: 'failed',
      id: 'services',
      atMs: now,
      reason: 'memory limit',
      away: false,
    });
    expect(model.problems).toEqual({ services: 'memory limit' });
    expect(model.link.state).toBe('live');
    expect(answerAll(model).problems).toEqual({});
  });

  test('nothing new is the same state again, so that nothing is drawn', () => {
    const model = answerAll(freshModel({ page: 'services' }));
    for (const request of wantedPanels(model)) expect(update(model, answerTo(request))).toBe(model);
    expect(update(model, { type: 'resized', ...model.size })).toBe(model);
    expect(update(model, { type: 'ticked', nowMs: now })).toBe(model);
    expect(update(model, { type: 'pasted', text: 'x' })).toBe(model);
    expect(press(model, 'F9')).toBe(model);
    expect(update(model, { type: 'ticked', nowMs: now + 1 }).nowMs).toBe(now + 1);
  });

  test('help scrolls, asks the engine for nothing but totals and incidents, and q closes it before it quits', () => {
    const help = press(answerAll(freshModel()), '?');
    expect(ids(help)).toEqual(['totals', 'alarm']);
    expect(press(help, 'j', 'j', 'k', 'ctrl-d', 'ctrl-u', 'k', 'k').help).toEqual({ offset: 0 });
    expect(press(help, 'j', 's').help).toEqual({ offset: 1 });
    expect(press(help, 'q')).toMatchObject({ help: null, exit: null });
    expect(press(help, 'q', 'q').exit).toBe(0);
  });
});

describe('what is asked of the engine', () => {
  test('only what is in sight', () => {
    expect(ids(answerAll(freshModel({ page: 'services', rows: 16 })))).toEqual(['totals', 'alarm', 'services']);
    expect(ids(answerAll(freshModel({ page: 'services' })))).toEqual(['totals', 'alarm', 'services', 'service']);
    expect(ids(answerAll(freshModel({ page: 'traces', rows: 16 })))).toEqual(['totals', 'alarm', 'traces']);
    expect(ids(answerAll(freshModel({ page: 'traces' })))).toEqual(['totals', 'alarm', 'traces', 'errors']);
    expect(ids(play(answerAll(freshModel({ page: 'traces', columns: 200, rows: 50 })), 'o'))).toEqual([
      'totals',
      'alarm',
      'trace',
      'traceLogs',
    ]);
  });

  test('--service limits every page to those services', () => {
    for (const page of ['services', 'traces', 'logs', 'resources', 'anomalies'] as const) {
      const request = wantedPanels(freshModel({ page, services: ['cart', 'web'] })).at(-1);
      expect(request).toMatchObject({ services: ['cart', 'web'] });
    }
  });

  test('the logs of a trace that was asked for by its first digits are those of the whole id', () => {
    const model = answerAll(press(freshModel({ columns: 200, rows: 50 }), ':', ...traceId.slice(0, 6), 'enter'));
    expect(wantedPanels(model).find((r) => r.id === 'traceLogs')).toEqual({ id: 'traceLogs', traceId });
  });
});
