import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultAnalyze } from '../../../src/engine/config/analyze-settings.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';
import { fleetSecond, fleetService, type FleetOptions } from '../../support/fleet.ts';

const fleet: FleetOptions = { services: 4, operations: 2, callsPerSecond: 3, gauges: 3, seed: 5 };
/** The service whose every call is slow and fails in the last minutes. */
const broken = 2;
const historySeconds = 15 * 60;
const faultySeconds = 120;

interface Delivered {
  readonly event: string;
  readonly incident: {
    readonly id: string;
    readonly origin: string;
    readonly services: readonly string[];
    readonly summary: string;
  };
}

describe('the analyzer of a running daemon', () => {
  const delivered: Delivered[] = [];
  const receiver = createServer((request: IncomingMessage, response) => {
    void take(request, response);
  });
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    delivered.push(JSON.parse(await text(request)) as Delivered);
    response.end('ok');
  };
  let daemon: TestDaemon;
  let faultMs: number;

  beforeAll(async () => {
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { port } = receiver.address() as AddressInfo;
    const target = `http://127.0.0.1:${port}/hook`;
    // A quarter of an hour from a time without an analyzer, which learns it when it starts.
    const before = await startTestDaemon();
    const endMs = Math.floor(Date.now() / 10_000) * 10_000 - 30_000;
    faultMs = endMs - faultySeconds * 1000;
    const sendSecond = async (atMs: number): Promise<void> => {
      const fault = atMs < faultMs ? null : { service: broken, latencyTimes: 6, errorShare: 0.5, errorLogs: 5 };
      const { traces, logs, metrics } = fleetSecond(fleet, atMs, fault);
      expect(await before.send('traces', JSON.stringify(traces))).toBe(200);
      expect(await before.send('logs', JSON.stringify(logs))).toBe(200);
      if (metrics !== null) expect(await before.send('metrics', JSON.stringify(metrics))).toBe(200);
    };
    // Each answer waits until the disk has its rows: those of a few seconds wait together.
    for (let atMs = endMs - historySeconds * 1000; atMs < endMs; atMs += 10_000) {
      const times = Array.from({ length: 10 }, (_, n) => atMs + n * 1000).filter((each) => each < endMs);
      await Promise.all(times.map(sendSecond));
    }
    await before.eventually(async () => (await before.status()).spool.segments === 0);
    await before.stop();
    daemon = await startTestDaemon(before.home, {
      analyze: { ...defaultAnalyze, enabled: true, hooks: [{ kind: 'webhook', target, minSeverity: 'info' }] },
    });
  });

  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    receiver.close();
    receiver.closeAllConnections();
  });

  test('finds the broken service, when it began, and nothing before', { timeout: 60_000 }, async () => {
    interface Row {
      readonly service: string;
      readonly start: string;
      readonly Summary: string;
      readonly Severity: string;
    }
    const anomalies = (): Promise<readonly Row[]> =>
      daemon.rows<Row>(
        'SELECT ServiceName AS service, toUnixTimestamp64Milli(Start) AS start, Summary, Severity FROM obs_anomalies FINAL ORDER BY Start',
      );
    await daemon.eventually(async () => (await anomalies()).some(({ service }) => service === fleetService(broken)));
    const found = await anomalies();
    expect(found.filter(({ start }) => Number(start) < faultMs - 10_000)).toEqual([]);
    const own = found.find(({ service }) => service === fleetService(broken));
    expect(Number(own?.start)).toBeGreaterThanOrEqual(faultMs - 10_000);
    expect(Number(own?.start)).toBeLessThanOrEqual(faultMs + 20_000);
    expect(own?.Summary).toMatch(/error lines|of calls|\bp(50|99) of/);
  });

  test('makes it an incident, and tells the hook', { timeout: 30_000 }, async () => {
    await daemon.eventually(async () => delivered.length > 0);
    expect(delivered[0]).toMatchObject({ event: 'opened', incident: { origin: fleetService(broken) } });
  });

  test('says in the status what it knows', async () => {
    await daemon.eventually(async () => ((await daemon.status()).analyzer.status?.windows.scored ?? 0) > 60);
    const { analyzer } = await daemon.status();
    expect(analyzer).toMatchObject({ state: 'ready', restarts: 0, status: { problems: {}, leftOut: 0 } });
    const known = Object.values(analyzer.status?.services ?? {}).reduce((sum, count) => sum + count, 0);
    expect(known).toBe(fleet.services);
  });

  test(
    'killed, it is started again: senders and queries notice nothing, and what is open keeps its id',
    { timeout: 30_000 },
    async () => {
      const before = (await daemon.status()).analyzer;
      // Of the time of the fault: that all services have fallen silent since is another finding, which may come meanwhile.
      const stored = () =>
        daemon.rows<{ Id: string }>(
          `SELECT Id FROM obs_anomalies FINAL WHERE Start < fromUnixTimestamp64Milli({until:Int64})
           UNION ALL SELECT Id FROM obs_incidents FINAL WHERE Start < fromUnixTimestamp64Milli({until:Int64})`,
          { until: String(faultMs + 60_000) },
        );
      const known = await stored();
      const openings = () => delivered.filter(({ event }) => event === 'opened').map(({ incident }) => incident.id);
      process.kill(before.pid ?? 0, 'SIGKILL');
      expect(await daemon.send('logs', JSON.stringify(fleetSecond(fleet, Date.now()).logs))).toBe(200);
      await daemon.eventually(async () => {
        const { state, pid, status } = (await daemon.status()).analyzer;
        return state === 'ready' && pid !== before.pid && (status?.windows.scored ?? 0) > 0;
      });
      expect((await daemon.status()).analyzer).toMatchObject({ restarts: 1, lastExit: 'killed by SIGKILL' });
      expect((await stored()).map(({ Id }) => Id).toSorted()).toEqual(known.map(({ Id }) => Id).toSorted());
      // Windows go on: had it told of the incident anew, it would be here before the next one is scored.
      const { scored } = (await daemon.status()).analyzer.status!.windows;
      await daemon.eventually(async () => ((await daemon.status()).analyzer.status?.windows.scored ?? 0) > scored);
      expect(openings()).toEqual([...new Set(openings())]);
    },
  );
});
