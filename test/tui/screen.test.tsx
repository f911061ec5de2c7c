import { describe, expect, test } from 'vitest';
import { frameText, openScreen } from '../../src/tui/screen.tsx';
import type { Model } from '../../src/tui/state/model.ts';
import { createStateStore, type StateStore } from '../../src/tui/state/store.ts';
import { colourTheme, plainTheme } from '../../src/tui/theme.ts';
import { answerAll, answerTo, freshModel, nothingYet, press, shop } from './support/fixtures.ts';
import { openTerminal, until } from './support/terminal.ts';
import { requestKey, type PanelRequest } from '../../src/tui/state/data.ts';
import { wantedPanels } from '../../src/tui/state/requests.ts';

function open(model: Model, theme = plainTheme) {
  const terminal = openTerminal(model.size.columns, model.size.rows);
  const store = createStateStore(model);
  const screen = openScreen(store, theme, { stdin: terminal.stdin, stdout: terminal.stdout, stderr: terminal.stdout });
  const shows = (text: string): Promise<void> => until(() => terminal.screen().includes(text), terminal.screen);
  return { terminal, store, screen, shows };
}

function answer(store: StateStore, data = shop): void {
  store.sendAll(wantedPanels(store.get()).map((request: PanelRequest) => answerTo(request, data)));
}

describe('on a terminal', () => {
  test('the screen is the frame of the state, and keys change both', async () => {
    const { terminal, store, screen, shows } = open(answerAll(freshModel({ page: 'services' })));
    await shows('Services by burn');
    expect(terminal.screen()).toBe(frameText(store.get(), plainTheme));
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.isRaw()).toBe(true);
    terminal.type('jj');
    await shows('▸✗ mailer');
    expect(terminal.screen()).toBe(frameText(store.get(), plainTheme));
    terminal.type('\u001b[A');
    await shows('▸✗ payment');
    terminal.type('?');
    await shows('half a page up');
    terminal.type('\u001b');
    await until(() => store.get().help === null, terminal.screen);
    terminal.type('/pay\r');
    await shows('1 in all');
    expect(terminal.screen()).toContain('/pay');
    terminal.type('q');
    await screen.ended;
    expect(store.get().exit).toBe(0);
  });

  test('only lines that changed are written', async () => {
    const { terminal, store, screen, shows } = open(answerAll(freshModel({ page: 'services' })));
    await shows('Services by burn');
    const before = terminal.written().length;
    store.send({ type: 'ticked', nowMs: store.get().nowMs + 1000 });
    await shows('12:00:01');
    const bytes = terminal.written().length - before;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(900);
    screen.close();
    await screen.ended;
  });

  test('it follows the size of the terminal, says when it is too small, and comes back', async () => {
    const { terminal, store, screen, shows } = open(answerAll(freshModel({ page: 'services' })));
    await shows('Services by burn');
    terminal.resize(50, 12);
    await shows('50×12 is too small: obs watch needs 60×16');
    terminal.resize(120, 40);
    await until(() => terminal.screen() === frameText(store.get(), plainTheme), terminal.screen);
    expect(store.get().size).toEqual({ columns: 120, rows: 40 });
    screen.close();
    await screen.ended;
  });

  test('data that arrive are drawn; when paused they are counted', async () => {
    const { terminal, store, screen, shows } = open(freshModel({ page: 'services' }));
    await shows('Loading');
    answer(store, nothingYet);
    await shows('export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318');
    answer(store);
    await shows('checkout');
    terminal.type(' ');
    await shows('paused');
    store.send(answerTo({ id: 'totals' }, { ...shop, totals: { ...shop.totals, logs: shop.totals.logs + 77 } }));
    await shows('paused, 77 behind');
    expect(requestKey({ id: 'totals' })).toBe(requestKey(wantedPanels(store.get())[0]!));
    screen.close();
    await screen.ended;
  });

  test('pasted text goes into the filter, its first line only', async () => {
    const { terminal, store, screen, shows } = open(answerAll(freshModel({ page: 'services' })));
    await shows('Services by burn');
    terminal.type('/');
    await until(() => store.get().input !== null, terminal.screen);
    terminal.type('\u001b[200~cart\nrm -rf\u001b[201~');
    await shows('/cart');
    expect(store.get().input?.text).toBe('cart');
    screen.close();
    await screen.ended;
  });

  test.each([
    ['q', 'q', 0],
    ['Ctrl-C, even while typing', '/x\u0003', 130],
  ])('%s gives the terminal back as it was', async (_, keys, code) => {
    const { terminal, store, screen, shows } = open(answerAll(freshModel()));
    await terminal.write('');
    await shows('Services by burn');
    terminal.type(keys);
    await screen.ended;
    expect(store.get().exit).toBe(code);
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.isRaw()).toBe(false);
    expect(terminal.written()).toMatch(/\u001b\[\?25h(?![\s\S]*\u001b\[\?25l)/);
  });

  test('a crash gives it back too, and tells what went wrong', async () => {
    const { terminal, store, screen, shows } = open(answerAll(freshModel()));
    await shows('Services by burn');
    const broken = { ...shop, services: [{ ...shop.services[0]!, trend: null as never }] };
    const ended = expect(screen.ended).rejects.toThrow();
    answer(store, broken);
    await ended;
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.isRaw()).toBe(false);
  });
});

test('with colours the words are the same', () => {
  const model = press(answerAll(freshModel({ page: 'traces' })), 'j');
  // oxlint-disable-next-line no-control-regex -- colours are control sequences
  const bare = frameText(model, colourTheme).replaceAll(/\u001b\[[0-9;]*m/g, '');
  expect(bare).toBe(frameText(model, plainTheme));
});
