import { describe, expect, test } from 'vitest';
import type { KnownChange } from '../../../../src/engine/explain/changes/read-changes.ts';
import { onsetOfTrace, tellChangesOfTrace } from '../../../../src/engine/explain/trace/changes-of-trace.ts';
import { drawnContext, type Around } from '../drawn-context.ts';

const startMs = 1_700_000_000_000;
const picture = `
  web: POST /order          server  0 +2000
    web: POST /reserve      client  5 +1900
      stock: POST /pick     server 10 +1800`;

const onset = (beforeSeconds: number): Around => ({
  onset: {
    service: 'stock',
    kind: 'Server',
    operation: 'POST /pick',
    time: startMs / 1000 - beforeSeconds,
    calmSince: null,
    what: 'duration',
    score: 9,
  },
});

const changeOf = (service: string, atMs: number): KnownChange => ({
  id: 'a1b2c3d4e5f6',
  atMs,
  kind: 'deployment',
  service,
  environment: '',
  fromVersion: '1',
  toVersion: '2',
  source: 'telemetry',
  note: '',
  link: '',
  attributes: {},
  evidence: [],
});

const told = (service: string, afterStartMs: number, around: Around = {}, version?: string) =>
  tellChangesOfTrace([changeOf(service, startMs + afterStartMs)], drawnContext(picture, around), ['stock', 'web'], {
    service: 'stock',
    operation: 'POST /pick',
    spanId: '3',
    ...(version === undefined ? {} : { version }),
  })[0];

describe('when the trouble of a trace began', () => {
  test('with the trace itself, where no rise was seen before it', () => {
    expect(onsetOfTrace(drawnContext(picture))).toEqual({ at: startMs, from: startMs, to: startMs + 2000 });
  });

  test('with the rise, as finely as its window of 10 s tells', () => {
    expect(onsetOfTrace(drawnContext(picture, onset(60)))).toEqual({
      at: startMs - 60_000,
      from: startMs - 70_000,
      to: startMs - 50_000,
    });
  });

  test('never after the end of the trace', () => {
    expect(onsetOfTrace(drawnContext(picture, onset(0))).to).toBe(startMs + 2000);
  });
});

describe('a change of the service that is named', () => {
  test('is blamed also where this trace is the first of the new version', () => {
    expect(told('stock', 10)).toMatchObject({ blamed: true, sentence: 'stock 2 was deployed (1 before) as it began.' });
  });

  test('is blamed a few minutes before the onset, not after it', () => {
    expect(told('stock', -180_000, onset(60))).toMatchObject({ blamed: true, relation: 'before-onset' });
    expect(told('stock', -30_000, onset(60))).toMatchObject({ blamed: false, relation: 'after-onset' });
  });
});

describe('where no rise was seen before the trace', () => {
  test('what was changed a while ago is not blamed: calls have fared as usual since', () => {
    expect(told('stock', -90_000)?.blamed).toBe(true);
    expect(told('stock', -20 * 60_000)).toMatchObject({ relation: 'before-onset', blamed: false });
  });

  test('but for the version that is at fault: some of its calls may be slow, and their mean be as ever', () => {
    expect(told('stock', -20 * 60_000, {}, '2')?.blamed).toBe(true);
    expect(told('stock', -20 * 60_000, {}, '1')?.blamed).toBe(false);
  });
});

test('a change of a service that is not named is told, and nothing is said against it that would be false', () => {
  expect(told('web', -180_000)).toMatchObject({
    blamed: false,
    sentence: 'web 2 was deployed (1 before) 3 min before it began.',
  });
});
