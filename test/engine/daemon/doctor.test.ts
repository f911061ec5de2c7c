import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/engine/daemon/doctor/check.ts';
import { examine } from '../../../src/engine/daemon/doctor/doctor.ts';
import { startTestDaemon } from '../../support/daemon-fixture.ts';

const look = (env: Record<string, string>): Promise<readonly Finding[]> => Effect.runPromise(examine(env, tmpdir()));
const of = (findings: readonly Finding[], check: string): readonly Finding[] =>
  findings.filter((f) => f.check === check);

describe('obs doctor', () => {
  test('beside a running daemon finds all well: engine, clock, ports, and a span sent and found again', async () => {
    await using daemon = await startTestDaemon();
    const findings = await look(daemon.env);
    expect(findings.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
    expect(of(findings, 'test span')).toMatchObject([{ verdict: 'ok', detail: expect.stringMatching(/found again/) }]);
    expect(of(findings, 'clock')).toMatchObject([{ verdict: 'ok' }]);
    expect(of(findings, 'loading')).toMatchObject([{ verdict: 'ok' }]);
    expect(of(findings, 'archive')).toEqual([]);
    expect(of(findings, 'disk speed')[0]?.detail).toMatch(/fdatasync of 4 KiB: median \d/);
  });

  test('with no daemon tries the engine itself, and says which port is taken by whom and how to choose another', async () => {
    const home = mkdtempSync(join(tmpdir(), 'obs-doctor-'));
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', () => resolve()));
    const { port } = squatter.address() as { port: number };
    try {
      const findings = await look({ OBS_HOME: home, OBS_OTLP_HTTP_PORT: String(port) });
      expect(of(findings, 'engine')).toMatchObject([{ verdict: 'ok', detail: expect.stringContaining('ClickHouse') }]);
      expect(of(findings, 'test span')).toMatchObject([
        { verdict: 'skipped', advice: expect.stringContaining('obs up') },
      ]);
      const taken = of(findings, 'ports').find(({ verdict }) => verdict === 'problem');
      expect(taken?.detail).toContain(`${port} (OTLP/HTTP) is taken by process ${process.pid}`);
      expect(taken?.advice).toContain('--otlp-http-port 0');
    } finally {
      squatter.close();
      rmSync(home, { recursive: true });
    }
  });

  test('a home that is a file is a problem that it names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'obs-doctor-'));
    writeFileSync(join(folder, 'file'), '');
    try {
      const findings = await look({ OBS_HOME: join(folder, 'file') });
      expect(of(findings, 'folder')).toMatchObject([
        { verdict: 'problem', detail: expect.stringContaining('ENOTDIR') },
      ]);
      expect(of(findings, 'disk')).toMatchObject([{ verdict: 'problem' }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('names variables that send telemetry elsewhere or nowhere', async () => {
    const home = mkdtempSync(join(tmpdir(), 'obs-doctor-'));
    try {
      const findings = await look({
        OBS_HOME: home,
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example:4318',
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://localhost:4318/v1/logs',
        OTEL_SDK_DISABLED: 'true',
        HTTP_PROXY: 'http://proxy.example:3128',
      });
      const details = of(findings, 'environment').map(({ detail }) => detail);
      expect(details).toHaveLength(3);
      expect(details.join()).toMatch(/collector\.example[\s\S]+OTEL_SDK_DISABLED[\s\S]+NO_PROXY/);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});
