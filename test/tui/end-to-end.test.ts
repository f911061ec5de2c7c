import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasScript, obsIn, root } from './support/program.ts';
import { seeded, shopRequest, type SpanInput } from './support/shop-traffic.ts';
import { until } from './support/terminal.ts';

const home = mkdtempSync(join(tmpdir(), 'obs-watch-e2e-'));
const { obs, inTerminal, close } = obsIn(home);

/**
 * The program as its users run it, in a real pseudo-terminal that `script` (util-linux) opens, against a real daemon.
 * It runs from `dist/`: `npm test` builds before.
 */
describe.skipIf(!hasScript)('obs watch in a pseudo-terminal (needs the program `script`)', () => {
  let otlp = '';

  beforeAll(async () => {
    expect(existsSync(join(root, 'dist/commands/watch.js')), 'run `npm run build` first').toBe(true);
    const up = obs('up', '--json', '--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0');
    otlp = (JSON.parse(up.stdout) as { endpoints: { otlpHttp: string } }).endpoints.otlpHttp;
    const random = seeded(3);
    const batches = Array.from({ length: 200 }, (_, i) =>
      shopRequest(Date.now() - i * 1500, random, { isBroken: i < 80 }),
    );
    const answer = await fetch(`${otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: batches.flatMap((b) => b.spans).map(asResourceSpans) }),
    });
    expect(answer.status).toBe(200);
    await until(
      () => obs('watch', '--once', '--page', 'services').stdout.includes('checkout'),
      () => obs('status').stdout,
    );
  }, 60_000);

  afterAll(() => {
    close();
    rmSync(home, { recursive: true, force: true });
  });

  test('from the services that burn down to the span that failed, and out again with the terminal as it was', async () => {
    const { terminal, ended } = inTerminal(100, 30, 'watch', '--role', 'sre');
    const shows = (text: string): Promise<void> => until(() => terminal.screen().includes(text), terminal.screen);
    await shows('Services by burn');
    await shows('▸✗ checkout');
    expect(terminal.isAlternate()).toBe(true);
    terminal.type('/pay\r');
    await shows('▸✗ payment');
    terminal.type('o');
    await shows('Operations of payment');
    await shows('▸✗ POST /pay');
    terminal.type('o');
    await shows('Traces with errors of POST /pay');
    await shows('▸✗ ');
    terminal.type('o');
    await shows('payment POST /pay');
    expect(terminal.screen()).toContain('█');
    terminal.type('e');
    await shows('card processor refused: 502 Bad Gateway');
    terminal.type(' ');
    await shows('paused');
    terminal.type('?');
    await shows('half a page down');
    terminal.type('\u0003');
    const end = await ended;
    expect(terminal.isAlternate()).toBe(false);
    expect(end).toContain('code 130');
    // What stty says after it: line editing and echo are on again.
    expect(end).toMatch(/(?<!-)icanon/);
    expect(end).toMatch(/(?<!-)echo\b/);
  });

  test('Enter on what is red explains it, over the page; its evidence can be asked for again', async () => {
    const { terminal, ended } = inTerminal(100, 30, 'watch', '--role', 'sre');
    const shows = (text: string): Promise<void> => until(() => terminal.screen().includes(text), terminal.screen);
    await shows('▸✗ checkout');
    await shows('Enter explain  o open');
    terminal.type('\r');
    await shows('─▸ Why: checkout, last 15 min');
    await until(() => terminal.screen().includes('1–26 of '), terminal.screen, 60_000);
    expect(terminal.screen()).toContain('payment');
    terminal.type('G');
    await shows('\n Next\n');
    expect(terminal.screen()).toMatch(/^ {3}obs \S/m);
    terminal.type('\u001b');
    await shows('▸✗ checkout');
    terminal.type('q');
    expect(await ended).toContain('code 0');
    expect(obs('evidence', '--all', '--json').stdout).toContain('"result":"holds"');
  });

  test('SIGTERM and q leave the terminal as it was, too', async () => {
    for (const leave of ['SIGTERM', 'q']) {
      const { terminal, ended, pid } = inTerminal(80, 24, 'watch', '--page', 'traces');
      await until(
        () => terminal.screen().includes('Recent traces') && terminal.screen().includes('web'),
        terminal.screen,
      );
      if (leave === 'q') terminal.type('q');
      else process.kill(pid(), 'SIGTERM');
      const end = await ended;
      expect(terminal.isAlternate()).toBe(false);
      expect(end).toContain(leave === 'q' ? 'code 0' : 'code 143');
      expect(end).toMatch(/(?<!-)icanon/);
    }
  });

  test('without a terminal: one frame, or one object', () => {
    const frame = obs('watch', '--page', 'services', '--role', 'sre', '--size', '100x20');
    expect(frame.status).toBe(0);
    expect(frame.stdout.trimEnd().split('\n')).toHaveLength(20);
    expect(frame.stdout).toContain('checkout');
    const data = JSON.parse(obs('watch', '--json', '--page', 'traces', '--service', 'web').stdout) as {
      data: { traces: object[] };
    };
    expect(data.data.traces.length).toBeGreaterThan(100);
  });

  test('a frame that is too small to show anything is refused; data have no size', () => {
    const small = obs('watch', '--once', '--size', '59x15');
    expect({ code: small.status, stdout: small.stdout }).toEqual({ code: 2, stdout: '' });
    expect(small.stderr).toContain('A frame of 59x15 is too small.\n  Why:  obs watch needs 60x16\n');
    expect(obs('watch', '--json', '--size', '59x15').status).toBe(0);
  });

  test('what cannot be used is said in three lines, with exit code 2', () => {
    const wrong = obs('watch', '--role', 'king', '--once');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('There is no role "king".\n  Why:  the roles are developer, devops, sre\n  Next: ');
  });
});

function asResourceSpans(span: SpanInput): object {
  const attributes = (values: Readonly<Record<string, string>>): object[] =>
    Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const start =
    BigInt(Date.parse(`${span.Timestamp.slice(0, 23).replace(' ', 'T')}Z`)) * 1_000_000n +
    BigInt(span.Timestamp.slice(23));
  return {
    resource: { attributes: attributes(span.ResourceAttributes) },
    scopeSpans: [
      {
        spans: [
          {
            traceId: span.TraceId,
            spanId: span.SpanId,
            parentSpanId: span.ParentSpanId,
            name: span.SpanName,
            kind: { Internal: 1, Server: 2, Client: 3 }[span.SpanKind] ?? 0,
            startTimeUnixNano: String(start),
            endTimeUnixNano: String(start + BigInt(span.Duration)),
            attributes: attributes(span.SpanAttributes),
            status: span.StatusCode === 'Error' ? { code: 2, message: span.StatusMessage } : {},
          },
        ],
      },
    ],
  };
}
