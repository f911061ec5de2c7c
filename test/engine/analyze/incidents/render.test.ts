import stringWidth from 'string-width';
import type { Beginning, Meeting } from '../../../../src/engine/analyze/meeting/together/beginning.ts';
import { describe, expect, test } from 'vitest';
import type { Colours } from '../../../../src/engine/search/describe-log.ts';
import { describeAnomaly, renderAnomalies } from '../../../../src/engine/analyze/incidents/render-anomalies.ts';
import { renderIncident } from '../../../../src/engine/analyze/incidents/render-incident.ts';
import { describeIncident, renderIncidents } from '../../../../src/engine/analyze/incidents/render-incidents.ts';
import { lasted } from '../../../../src/engine/analyze/incidents/times.ts';
import { anomaly, hostAnomaly, incident, minute, t0 } from './support/drawn.ts';

const plain = (text: string): string => text;
const colours: Colours = { dim: plain, error: plain, warning: plain, good: plain, accent: plain };
const now = t0 + 12 * minute;
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => stringWidth(line)));

const evil = '\u001b[2Jgone\u202e and a name that is much longer than any column of a terminal has room for';
const words = (text: string) => {
  const drawn = anomaly('payment', { to: 5, severity: 'critical', score: 3.25 });
  return { ...drawn, carriers: [{ ...drawn.carriers[0]!, words: text }] };
};

const meeting = (...beginnings: readonly Partial<Beginning>[]): Meeting => ({
  startMs: t0 - minute,
  endMs: t0,
  services: ['payment'],
  surprise: 9,
  beginnings: beginnings.map((each) => ({
    kind: 'version',
    service: 'payment',
    subject: '2.1.0',
    words: '',
    onsetMs: t0 - minute,
    surprise: 4,
    ...each,
  })),
  words: '',
});

describe('what people read', () => {
  test('anomalies are a table with what happened below each row', () => {
    const text = renderAnomalies(
      [hostAnomaly('db-1', { from: 2 }), words('p99 of POST /pay 4.1× its usual 180 ms, since 14:02:10')],
      now,
      80,
      colours,
    );
    expect(text).toBe(`start (UTC)     severity  service    lasted      score  known by
──────────────  ────────  ─────────  ──────────  ─────  ────────
11-02 14:02:00  warning   host db-1  10m 0s, on    2.0  days
  cpu of db-1 4× its usual 100
11-02 14:00:00  critical  payment    5m 0s         3.3  days
  p99 of POST /pay 4.1× its usual 180 ms, since 14:02:10
`);
  });

  test('80 columns hold it all, and no escape sequence of telemetry reaches the terminal', () => {
    const long = { ...words(evil.repeat(3)), service: evil };
    const one = incident({ summary: evil.repeat(2), origin: evil, services: [evil], note: evil });
    const meetings = [meeting({ words: evil.repeat(3) })];
    const texts = [
      renderAnomalies([long], now, 80, colours),
      renderIncidents([one], now, 80, colours),
      renderIncident({ incident: one, anomalies: [], meetings }, now, 80, colours).split('\nNext')[0]!,
    ];
    for (const text of texts) expect(widest(text)).toBeLessThanOrEqual(80);
    const lines = [
      describeAnomaly({ news: 'found', found: long }, colours),
      describeIncident({ news: 'found', found: one }, colours),
      renderIncident({ incident: one, anomalies: [long], meetings }, now, 80, colours),
    ];
    for (const text of [...texts, ...lines]) expect(text).not.toMatch(/[\u001b\u202e]/);
  });

  test('incidents say what they are like, or what was noted', () => {
    const similar = [{ id: 'aaaa0001', startMs: t0 - 40 * 24 * 60 * minute, likeness: 0.93, note: 'a full pool' }];
    const text = renderIncidents(
      [incident({ similar }), incident({ id: '2', similar, note: 'a loop', endMs: t0 + minute })],
      now,
      80,
      colours,
    );
    expect(text).toContain('  like 2026-09-23, that one was a full pool (likeness 0.93)\n');
    expect(text).toContain('  noted: a loop\n');
    expect(text).toMatch(/Next: obs incidents 1f3a9c02\n$/);
  });

  test('one incident is shown with its timeline and what to type next', () => {
    const similar = [{ id: 'aaaa0001', startMs: t0 - 40 * 24 * 60 * minute, likeness: 0.93, note: 'a full pool' }];
    const shown = {
      incident: incident({ similar }),
      anomalies: [words('p99 4×'), anomaly('checkout', { from: 1 })],
      meetings: [meeting({ words: 'version 2.1.0 of payment first seen' }, { kind: 'series', words: 'p99 4×' })],
    };
    expect(renderIncident(shown, now, 100, colours))
      .toBe(`Incident 1f3a9c02  warning  2026-11-02 14:00:00 UTC  12m 0s, on
payment: p99 of POST /pay 4.1× its usual 180 ms, since 14:00:00; also in checkout

Began in  payment
Services  checkout, payment
Like      2026-09-23, that one was a full pool (likeness 0.93)

What happened, in order of time
11-02 14:00:00  critical  payment  5m 0s  score 3.3, by level, knows days
    p99 4×
11-02 14:01:00  warning   checkout  11m 0s, on  score 2.0, by level, knows days
    p99_ms of checkout 4× its usual 100

What else began then
11-02 13:59:00  version 2.1.0 of payment first seen

Next
  obs traces --errors --service payment --since 2026-11-02T13:59:00.000Z --until 2026-11-02T14:13:00.000Z
  obs logs --severity error --service payment --since 2026-11-02T13:59:00.000Z --until 2026-11-02T14:13:00.000Z
  obs explain --errors --service payment --since 2026-11-02T13:59:00.000Z
  obs incidents note 1f3a9c02 "what it was"
`);
  });

  test('a name from telemetry is one word for the shell that it is pasted into', () => {
    const name = `pay'; touch /tmp/x; $(id)`;
    const text = renderIncident(
      { incident: incident({ origin: name, services: [name] }), anomalies: [], meetings: [] },
      now,
      100,
      colours,
    );
    expect(text).toContain(`--service 'pay'\\''; touch /tmp/x; $(id)' --since`);
  });

  test('a long timeline says how much more there is', () => {
    const anomalies = Array.from({ length: 60 }, (_, index) => anomaly('payment', { id: `${index}` }));
    expect(renderIncident({ incident: incident(), anomalies, meetings: [] }, now, 80, colours)).toContain(
      '… and 20 more',
    );
  });

  test('lines of --follow say what is new', () => {
    const line = (news: 'found' | 'worse' | 'ended', to: number | null): string =>
      describeAnomaly({ news, found: anomaly('payment', { to }) }, colours);
    expect(line('found', null)).toBe('11-02 14:00:00 warning  payment found: p99_ms of payment 4× its usual 100');
    expect(line('worse', null)).toContain('got worse');
    expect(line('ended', 3)).toMatch(/^11-02 14:03:00 warning {2}payment ended after 3m 0s/);
    expect(describeIncident({ news: 'wider', found: incident() }, colours)).toContain('reached another service');
  });

  test('spans of time have two units at most', () => {
    expect([0, 59_400, 130_000, 11_100_000, 187_200_000].map(lasted)).toEqual([
      '0s',
      '59s',
      '2m 10s',
      '3h 5m',
      '2d 4h',
    ]);
  });
});
