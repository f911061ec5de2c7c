import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { TraceNotFound } from '../../src/engine/domain/errors.ts';
import { messageOf } from '../../src/engine/domain/messages.ts';
import { frameText } from '../../src/tui/screen.tsx';
import type { Model } from '../../src/tui/state/model.ts';
import { update } from '../../src/tui/state/update.ts';
import { plainTheme } from '../../src/tui/theme.ts';
import { nothingUnusual } from '../engine/explain/sample-explanation.ts';
import { calmAt, unkept, unpredicted } from './support/anomaly-fixtures.ts';
import { slowPayment, tell, told } from './support/explanations.ts';
import { alarmed, answerAll, freshModel, nothingYet, now, play, press, shop, traceId } from './support/fixtures.ts';

/** `UPDATE_GOLDEN=1 vitest run test/tui/golden.test.tsx` writes the frames anew; look at them before committing. */
const shouldUpdate = process.env['UPDATE_GOLDEN'] === '1';
const folder = join(import.meta.dirname, 'golden');

const sizes = [
  [60, 16],
  [80, 24],
  [120, 40],
  [200, 50],
  [250, 70],
] as const;

const pages: Readonly<Record<string, (columns: number, rows: number) => Model>> = {
  services: (columns, rows) => answerAll(freshModel({ page: 'services', columns, rows })),
  service: (columns, rows) => play(answerAll(freshModel({ page: 'services', columns, rows })), 'o'),
  traces: (columns, rows) => answerAll(freshModel({ page: 'traces', role: 'developer', columns, rows })),
  trace: (columns, rows) => play(answerAll(freshModel({ page: 'traces', columns, rows })), 'o', 'j', 'j', 'j'),
  logs: (columns, rows) => answerAll(freshModel({ page: 'logs', role: 'developer', columns, rows })),
  resources: (columns, rows) => answerAll(freshModel({ role: 'devops', columns, rows })),
  anomalies: (columns, rows) => answerAll(freshModel({ page: 'anomalies', columns, rows }), alarmed),
};

const anomalies = (columns: number, rows: number): Model =>
  answerAll(freshModel({ page: 'anomalies', columns, rows }), alarmed);

const moments: Readonly<Record<string, () => Model>> = {
  help: () => press(answerAll(freshModel()), '?'),
  'no-data': () => answerAll(freshModel(), nothingYet),
  'not-in-range': () =>
    answerAll(freshModel({ page: 'logs' }), {
      ...nothingYet,
      totals: { spans: 10, logs: 0, newestMs: now - 3 * 3_600_000 },
    }),
  loading: () => freshModel(),
  away: () =>
    update(freshModel(), {
      type: 'failed',
      id: 'totals',
      atMs: now,
      reason: 'connect ECONNREFUSED 127.0.0.1:8123',
      away: true,
    }),
  'away-with-data': () =>
    update(answerAll(freshModel()), { type: 'failed', id: 'totals', atMs: now, reason: 'socket hang up', away: true }),
  command: () => press(answerAll(freshModel()), ':', 't', 'r'),
  filter: () => press(answerAll(freshModel({ page: 'traces', role: 'developer' })), '/', 'p', 'o', 's', 't'),
  paused: () =>
    answerAll(press(answerAll(freshModel()), 'space'), {
      ...shop,
      totals: { ...shop.totals, spans: shop.totals.spans + 2411 },
    }),
  'span-details': () => play(answerAll(freshModel({ page: 'traces' })), 'o', 'G', 'tab'),
  'trace-cut': () => play(answerAll(freshModel({ page: 'traces', columns: 80, rows: 21 })), 'o', 'tab'),
  alarm: () => answerAll(freshModel({ page: 'traces' }), alarmed),
  'alarm-narrow': () => answerAll(press(answerAll(freshModel({ columns: 60, rows: 16 }), alarmed), 'o'), alarmed),
  'anomaly-narrow': () => answerAll(press(anomalies(60, 16), 'tab', 'tab'), alarmed),
  'all-anomalies': () => press(anomalies(80, 24), 'a', 'tab'),
  'predictions-narrow': () => answerAll(press(anomalies(60, 16), 'shift-tab'), alarmed),
  'predictions-focused': () => press(anomalies(80, 24), 'shift-tab'),
  calm: () =>
    answerAll(freshModel({ page: 'anomalies' }), { ...shop, anomalies: calmAt(now), predictions: unpredicted }),
  'nobody-looks': () =>
    answerAll(freshModel({ page: 'anomalies' }), {
      ...shop,
      anomalies: { ...calmAt(now), watched: { services: 0, firstMs: now - 7_200_000, lastMs: now - 3_700_000 } },
    }),
  'other-version': () =>
    answerAll(freshModel({ page: 'anomalies' }), {
      ...shop,
      anomalies: unkept,
      predictions: { ...unpredicted, isKept: false },
    }),
  explaining: () => update(press(answerAll(freshModel()), 'enter'), { type: 'ticked', nowMs: now + 2000 }),
  'answer-80x24': () => told(press(anomalies(80, 24), 'enter'), slowPayment()),
  'answer-60x16': () => told(press(anomalies(60, 16), 'enter'), slowPayment()),
  'answer-140x40': () => told(press(anomalies(140, 40), 'enter'), slowPayment()),
  'answer-end': () => press(told(press(anomalies(80, 24), 'enter'), slowPayment()), 'G'),
  'answer-nothing-unusual': () => told(press(answerAll(freshModel()), 'enter'), nothingUnusual()),
  'answer-failed': () =>
    tell(press(answerAll(freshModel({ page: 'traces' })), 'enter'), {
      state: 'failed',
      ...messageOf(
        new TraceNotFound({
          asked: traceId,
          near: [],
          storeFrom: '2026-01-31T11:00:00Z',
          storeTo: '2026-01-31T12:00:00Z',
        }),
      ),
    }),
  'too-small': () => answerAll(freshModel({ columns: 59, rows: 16 })),
};

describe.each(Object.keys(pages))('the page "%s"', (page) => {
  test.each(sizes)('at %i×%i', (columns, rows) => {
    check(`${page}-${columns}x${rows}`, pages[page]!(columns, rows));
  });
});

describe('moments', () => {
  test.each(Object.keys(moments))('%s', (name) => check(`moment-${name}`, moments[name]!()));
});

test('every size from the smallest to the largest is filled exactly, on every page', () => {
  for (const columns of [60, 99, 130, 250]) {
    for (const rows of [16, 21, 33, 70]) {
      for (const page of Object.keys(pages))
        expectWithin(frameText(pages[page]!(columns, rows), plainTheme), columns, rows, page);
    }
  }
});

function check(name: string, model: Model): void {
  const frame = `${frameText(model, plainTheme)}\n`;
  const { columns, rows } = model.size;
  expectWithin(frame.slice(0, -1), columns, rows, name);
  const file = join(folder, `${name}.txt`);
  if (shouldUpdate || !existsSync(file)) {
    expect(shouldUpdate, `${file} is missing`).toBe(true);
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, frame);
  }
  expect(frame).toBe(readFileSync(file, 'utf8'));
}

/** No line wider than the screen, no more lines than it has, the footer on the last one. */
function expectWithin(frame: string, columns: number, rows: number, what: string): void {
  const lines = frame.split('\n');
  for (const line of lines)
    expect(stringWidth(line), `${what} ${columns}×${rows}: ${line}`).toBeLessThanOrEqual(columns);
  expect(frame, what).not.toContain('\u001b');
  if (columns >= 60 && rows >= 16) expect(lines.length, `${what} ${columns}×${rows}`).toBe(rows);
}
