import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anomaliesAt, predictionsAt } from './support/anomaly-fixtures.ts';
import { openBackend } from './support/backend.ts';
import { anomalyRow, featureRow, incidentRow, predictionRow } from './support/own-rows.ts';
import { hasScript, obsIn, root } from './support/program.ts';
import { seeded, shopRequest } from './support/shop-traffic.ts';
import { until } from './support/terminal.ts';

const home = mkdtempSync(join(tmpdir(), 'obs-watch-anomalies-'));
const { obs, inTerminal, close } = obsIn(home);
const minute = 60_000;

/** A store as an analyzer left it; the analyzer itself is off, so that the rows stay as they are. */
async function fillStore(): Promise<void> {
  const nowMs = Date.now();
  const random = seeded(9);
  const { anomalies, incidents } = anomaliesAt(nowMs);
  const backend = await openBackend(join(home, 'store'));
  await backend.insert(
    Array.from({ length: 200 }, (_, i) => shopRequest(nowMs - i * 4000, random, { isBroken: i < 150 })),
  );
  await backend.insertOwn('obs_incidents', incidents.map(incidentRow));
  await backend.insertOwn('obs_anomalies', anomalies.map(anomalyRow));
  await backend.insertOwn('obs_predictions', predictionsAt(nowMs).predictions.map(predictionRow));
  const { kind, service, subject, feature } = anomalies[0]!.carriers[0]!;
  await backend.insertOwn(
    'obs_features',
    Array.from({ length: 150 }, (_, i) =>
      featureRow(
        Math.floor(nowMs / 10_000) * 10_000 - i * 10_000,
        10,
        { kind, service, subject },
        { [feature]: i < 72 ? 738 : 180 },
      ),
    ),
  );
  await backend.insertOwn('obs_features', [
    featureRow(
      Math.floor(nowMs / minute) * minute - minute,
      60,
      { kind: 'service', service, subject: '' },
      { calls: 3 },
    ),
  ]);
  await backend.close();
}

describe.skipIf(!hasScript)('anomalies in a pseudo-terminal (needs the program `script`)', () => {
  beforeAll(async () => {
    expect(existsSync(join(root, 'dist/commands/watch.js')), 'run `npm run build` first').toBe(true);
    await fillStore();
    writeFileSync(join(home, 'obs.yaml'), 'analyze:\n  enabled: false\n');
    const up = obs('up', '--json', '--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0');
    expect(up.status, up.stderr).toBe(0);
  }, 60_000);

  afterAll(() => {
    close();
    rmSync(home, { recursive: true, force: true });
  });

  test('from the header of another page to the incident, its anomaly, and the service that it came from', async () => {
    const { terminal, ended } = inTerminal(100, 40, 'watch', '--page', 'traces', '--role', 'sre');
    const shows = (text: string): Promise<void> => until(() => terminal.screen().includes(text), terminal.screen);
    await shows('✗ 1 incident: payment: p99 of POST /pay 4.1× its usual 180 ms');
    terminal.type('2');
    await shows('─▸ Incidents');
    await shows('▸✗ open');
    await shows('p95 of checkout 2.2× its usual 310 ms');
    await shows('━━━━');
    await shows('disk /data of node-1 is full');
    terminal.type('\t');
    await shows('─▸ Anomalies of the incident');
    terminal.type('a');
    await shows('─▸ All anomalies');
    await shows('load of node-2 2.5×');
    terminal.type('o');
    await shows('Operations of payment by time spent');
    await shows('POST /pay');
    expect(terminal.screen()).toContain('1 incident');
    terminal.type('q');
    expect(await ended).toContain('code 0');
    expect(terminal.isAlternate()).toBe(false);
  });

  test('without a terminal: a frame, and the same as one object', () => {
    const frame = obs('watch', '--once', '--page', 'anomalies', '--size', '120x40');
    expect(frame.status, frame.stderr).toBe(0);
    expect(frame.stdout).toContain('alike');
    const { data } = JSON.parse(obs('watch', '--json', '--page', 'anomalies').stdout) as {
      data: {
        alarm: object;
        anomalies: { incidents: object[]; anomalies: object[] };
        predictions: object;
        series: object;
      };
    };
    expect(data.alarm).toMatchObject({ open: 1, worst: { origin: 'payment' } });
    expect(data.anomalies.incidents).toHaveLength(2);
    expect(data.anomalies.anomalies).toHaveLength(4);
    expect(data.predictions).toMatchObject({ record: { right: 0, wrong: 0, untold: 0 } });
    expect(data.series).toMatchObject({ stepMs: 10_000 });
  });
});
