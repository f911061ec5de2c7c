import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, Effect, Exit, Fiber, Logger, Scope } from 'effect';
import { TestClock } from 'effect/testing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Hook } from '../../../../src/engine/config/analyze-settings.ts';
import type { Incident } from '../../../../src/engine/domain/anomaly.ts';
import { randomFrom } from '../../../../src/engine/analyze/autoencoder/random.ts';
import { deliver, NotDelivered } from '../../../../src/engine/analyze/incidents/hooks/delivery.ts';
import { createHooks, type Hooks, type HookTimes } from '../../../../src/engine/analyze/incidents/hooks/hooks.ts';
import { messageOfEvent } from '../../../../src/engine/analyze/incidents/hooks/message.ts';
import { programWords } from '../../../../src/engine/domain/program-words.ts';
import type { IncidentEvent } from '../../../../src/engine/analyze/incidents/incidents.ts';
import { anomaly, incident, minute, t0 } from './support/drawn.ts';

interface Got {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

const got: Got[] = [];
let answer: (response: ServerResponse, count: number) => void = (response) => response.end('ok');
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    const { url: path = '', method = '', headers } = request;
    got.push({ path, method, headers, body, atMs: Date.now() });
    answer(response, got.length);
  });
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const folder = mkdtempSync(join(tmpdir(), 'obs-hooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Pauses of a test: what takes minutes takes tens of milliseconds here. */
const quick: HookTimes = { retryMs: 20, retryMaxMs: 80, giveUpMs: 20_000, answerMs: 10_000, waiting: 10, seed: 1 };

let scope: Scope.Closeable | null = null;
const log: string[] = [];
const logger = Logger.layer([Logger.make(({ message }) => void log.push(String(message)))]);
async function open(hooks: readonly Hook[], times: Partial<HookTimes> = {}): Promise<Hooks> {
  const opened = Scope.makeUnsafe();
  scope = opened;
  return Effect.runPromise(
    createHooks(hooks, { ...quick, ...times }).pipe(Scope.provide(opened), Effect.provide(logger)),
  );
}
const close = async (): Promise<void> => {
  if (scope !== null) await Effect.runPromise(Scope.close(scope, Exit.void).pipe(Effect.provide(logger)));
  scope = null;
};
afterEach(async () => {
  await close();
  got.length = 0;
  log.length = 0;
  answer = (response) => response.end('ok');
});

const event = (changes: Partial<Incident> = {}, type: IncidentEvent['type'] = 'opened'): IncidentEvent => ({
  type,
  incident: incident(changes),
  anomalies: [anomaly('payment')],
});
const tell = (hooks: Hooks, told: IncidentEvent): Promise<void> => Effect.runPromise(hooks.tell(told));
const until = async (question: () => boolean): Promise<void> => {
  while (!question()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const settled = (hooks: Hooks): Promise<void> => until(() => hooks.status().waiting === 0);
const to = (path: string, minSeverity: Hook['minSeverity'] = 'info'): Hook => ({
  kind: 'webhook',
  target: `${base}${path}`,
  minSeverity,
});

describe('webhooks', () => {
  test('are posted JSON with an id of the event and a text that chats show', async () => {
    const hooks = await open([to('/hook?key=1')]);
    await tell(hooks, event());
    await settled(hooks);
    expect(got).toHaveLength(1);
    const [{ method, path, headers, body }] = got as [Got];
    expect([method, path, headers['content-type'], headers['user-agent']]).toEqual([
      'POST',
      '/hook?key=1',
      'application/json',
      'obs',
    ]);
    const sent = JSON.parse(body) as Record<string, unknown>;
    expect(sent).toMatchObject({
      version: 1,
      event: 'opened',
      eventId: headers['idempotency-key'],
      text: 'obs: incident 1f3a9c02 opened (warning): payment: p99 of POST /pay 4.1× its usual 180 ms, since 14:00:00; also in checkout',
      incident: incident(),
      anomalies: [anomaly('payment')],
    });
    expect(hooks.status()).toMatchObject({ delivered: 1, retried: 0, givenUp: 0, waiting: 0 });
  });

  test('that fail twice get the very same once more, later each time', async () => {
    answer = (response, count) => {
      if (count < 3) response.statusCode = count === 1 ? 503 : 429;
      response.end('busy');
    };
    const hooks = await open([to('/')], { retryMs: 60, retryMaxMs: 1000 });
    await tell(hooks, event());
    await until(() => got.length === 2);
    expect(hooks.status().hooks[0]).toMatchObject({ problem: expect.stringContaining('busy'), waiting: 1 });
    await settled(hooks);
    expect(new Set(got.map(({ headers, body }) => `${String(headers['idempotency-key'])}${body}`)).size).toBe(1);
    expect(got[1]!.atMs - got[0]!.atMs).toBeGreaterThanOrEqual(29);
    expect(got[2]!.atMs - got[1]!.atMs).toBeGreaterThanOrEqual(59);
    expect(hooks.status()).toMatchObject({ delivered: 1, retried: 2, givenUp: 0 });
    expect(hooks.status().hooks[0]!.problem).toBeNull();
  });

  test('telling returns at once, although nobody answers; what hangs is given up and said, and the next has its turn', async () => {
    answer = (response, count) => {
      if (count > 1) response.end();
    };
    const hooks = await open([to('/secret-token')], { answerMs: 1000, giveUpMs: 900 });
    const startedMs = performance.now();
    await tell(hooks, event());
    await tell(hooks, event({ id: 'second00' }));
    expect(performance.now() - startedMs).toBeLessThan(900);
    await settled(hooks);
    expect(hooks.status()).toMatchObject({ delivered: 1, givenUp: 1 });
    expect(JSON.parse(got.at(-1)!.body)).toMatchObject({ incident: { id: 'second00' } });
    expect(log.join('\n')).toMatch(/1f3a9c02 opened was given up: no answer within 1 s \(1 try\)/);
    expect(log.join('\n')).not.toContain('secret-token');
  });

  test('an answer that never ends is not read to its end', async () => {
    answer = (response) => {
      const more = setInterval(() => response.write('x'.repeat(1000)), 1);
      response.on('close', () => clearInterval(more));
    };
    const hooks = await open([to('/')]);
    await tell(hooks, event());
    await settled(hooks);
    expect(hooks.status()).toMatchObject({ delivered: 1 });
  });

  test('a refusal is not tried again', async () => {
    answer = (response) => {
      response.statusCode = 404;
      response.end('no \u001b[31m such hook');
    };
    const hooks = await open([to('/')]);
    await tell(hooks, event());
    await settled(hooks);
    expect(got).toHaveLength(1);
    expect(hooks.status().hooks[0]).toMatchObject({ givenUp: 1, problem: 'answered 404: no ·[31m such hook (1 try)' });
  });

  test('a redirect on the same host is followed as a POST, one to another host is not', async () => {
    const redirect = (status: number, location: string) => (response: ServerResponse, count: number) => {
      if (count === 1) response.writeHead(status, { location });
      response.end();
    };
    answer = redirect(307, '/moved');
    const same = await open([to('/')]);
    await tell(same, event());
    await settled(same);
    expect(got.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /', 'POST /moved']);
    expect(got[1]!.body).toBe(got[0]!.body);
    await close();
    for (const [status, location] of [
      [307, base.replace('127.0.0.1', 'localhost')],
      [308, 'http://169.254.169.254/latest/meta-data'],
      [302, '/moved'],
      [307, ''],
    ] as const) {
      got.length = 0;
      answer = redirect(status, location);
      const hooks = await open([to('/')]);
      await tell(hooks, event());
      await settled(hooks);
      expect([location, got.length, hooks.status().givenUp]).toEqual([location, 1, 1]);
      expect(hooks.status().hooks[0]!.problem).toContain('a redirect');
      await close();
    }
  });

  test('a circle of redirects ends', async () => {
    answer = (response) => response.writeHead(308, { location: '/' }).end();
    const hooks = await open([to('/')]);
    await tell(hooks, event());
    await settled(hooks);
    expect(got).toHaveLength(4);
    expect(hooks.status().givenUp).toBe(1);
  });

  test('a name and password in the address go into a header, and nobody else sees them', async () => {
    const hooks = await open([{ ...to('/'), target: `${base.replace('//', '//me:p%40ss@')}/` }]);
    await tell(hooks, event());
    await settled(hooks);
    expect(got[0]!.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(JSON.stringify(hooks.status())).not.toContain('p%40ss');
  });

  test('nobody listening is tried until it is given up', async () => {
    const hooks = await open([{ kind: 'webhook', target: 'http://127.0.0.1:9/', minSeverity: 'info' }], {
      giveUpMs: 1000,
    });
    await tell(hooks, event());
    await settled(hooks);
    const [status] = hooks.status().hooks;
    expect(status!.retried).toBeGreaterThan(0);
    expect(status).toMatchObject({ givenUp: 1, name: '127.0.0.1:9', problem: expect.stringMatching(/tries\)$/) });
  });

  test('of more events than may wait, the newest are dropped, and counted; the rest comes in order', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    answer = (response) => void gate.then(() => response.end());
    const hooks = await open([to('/')], { waiting: 3, answerMs: 10_000 });
    await tell(hooks, event({ id: 'i0' }));
    await until(() => got.length === 1);
    for (const id of ['i1', 'i2', 'i3', 'i4', 'i5']) await tell(hooks, event({ id }));
    expect(hooks.status()).toMatchObject({ dropped: 2, waiting: 4 });
    release();
    await settled(hooks);
    expect(got.map(({ body }) => (JSON.parse(body) as { incident: Incident }).incident.id)).toEqual([
      'i0',
      'i1',
      'i2',
      'i3',
    ]);
  });

  test('what waits at the end is said', async () => {
    answer = () => {};
    const hooks = await open([to('/')]);
    await tell(hooks, event());
    await until(() => got.length === 1);
    await tell(hooks, event({ id: 'waits' }));
    await close();
    expect(log.join('\n')).toMatch(/2 events were not delivered before the end/);
  });
});

describe('patience', () => {
  const message = messageOfEvent({ type: 'opened', incident: incident(), anomalies: [] });
  const minutes = { retryMs: 1000, retryMaxMs: 60_000, giveUpMs: 10 * 60_000 };
  /** Seconds between tries, on a clock of the test's own, until it is given up. */
  const pauses = (random: () => number, afterMs?: number): Promise<readonly number[]> => {
    const triedMs: number[] = [];
    const failing = Effect.gen(function* () {
      triedMs.push(yield* Clock.currentTimeMillis);
      return yield* new NotDelivered({ reason: 'busy', again: true, ...(afterMs === undefined ? {} : { afterMs }) });
    });
    return Effect.runPromise(
      Effect.gen(function* () {
        const trying = yield* Effect.forkChild(
          deliver(
            () => failing,
            message,
            minutes,
            random,
            () => {},
          ),
        );
        yield* TestClock.adjust('1 hour');
        yield* Effect.exit(Fiber.join(trying));
        return triedMs.slice(1).map((ms, index) => (ms - triedMs[index]!) / 1000);
      }).pipe(Effect.provide(TestClock.layer())),
    );
  };

  test('pauses double to a minute and end after ten; chance makes them up to half as long', async () => {
    const longest = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60, 60];
    expect(await pauses(() => 0)).toEqual(longest);
    expect((await pauses(() => 1)).slice(0, 8)).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30]);
    const random = randomFrom(1);
    const drawn = await pauses(random);
    expect(drawn.slice(0, 7).every((pause, at) => pause <= longest[at]! && pause >= longest[at]! / 2)).toBe(true);
    expect(await pauses(randomFrom(1))).toEqual(drawn);
  });

  test('a receiver that asks to wait longer gets that, within a minute', async () => {
    expect((await pauses(() => 0, 30_000)).slice(0, 7)).toEqual([30, 30, 30, 30, 30, 32, 60]);
    expect((await pauses(() => 0, 3_600_000))[0]).toBe(60);
  });
});

describe('what hooks are told', () => {
  const heard = async (
    minSeverity: Hook['minSeverity'],
    events: readonly IncidentEvent[],
  ): Promise<readonly string[]> => {
    const hooks = await open([to('/', minSeverity)]);
    for (const each of events) await tell(hooks, each);
    await settled(hooks);
    return got.map(({ headers }) => String(headers['obs-event']));
  };

  test('a change only when it got worse or wider', async () => {
    const events = [
      event(),
      event({ summary: 'other words' }, 'changed'),
      event({ severity: 'critical' }, 'changed'),
      event({ severity: 'critical', anomalyIds: ['a', 'b'] }, 'changed'),
      event({ severity: 'critical', services: ['checkout', 'payment', 'frontend'] }, 'changed'),
      event({ severity: 'critical', endMs: t0 + minute }, 'ended'),
    ];
    expect(await heard('info', events)).toEqual(['opened', 'changed', 'changed', 'ended']);
  });

  test('nothing below its severity; what rises to it is told then', async () => {
    const low = event({ id: 'low00000', severity: 'info' });
    const events = [
      event({ severity: 'info' }),
      low,
      event({ severity: 'critical' }, 'changed'),
      { ...low, type: 'ended' as const },
    ];
    expect(await heard('warning', events)).toEqual(['changed']);
  });

  test('names and texts of telemetry do not link or call anybody in a chat', () => {
    const { body } = messageOfEvent(
      event({
        summary: 'pay <!channel> <http://evil|here> @all \u001b[2J\n& more',
        similar: [{ id: 'a', startMs: t0, likeness: 0.9, note: '@here' }],
      }),
    );
    const { text, incident: sent } = JSON.parse(body) as { text: string; incident: Incident };
    expect(text).not.toMatch(/[<>@&\u001b\n]/);
    expect(text).toContain('like 2026-11-02, that one was ＠here');
    expect(sent.summary).toContain('<!channel>');
  });

  test('of many anomalies the worst are sent, and the text is bounded', () => {
    const anomalies = Array.from({ length: 500 }, (_, index) => anomaly('payment', { id: `a${index}`, score: index }));
    const { body } = messageOfEvent({ type: 'opened', incident: incident({ summary: 'x'.repeat(5000) }), anomalies });
    const sent = JSON.parse(body) as { anomalies: { id: string }[]; text: string };
    expect(sent.anomalies).toHaveLength(20);
    expect(sent.anomalies[0]!.id).toBe('a499');
    expect(sent.text).toHaveLength(1000);
  });
});

describe('programs', () => {
  const script = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };
  const run = async (target: string, told = event(), times: Partial<HookTimes> = {}): Promise<Hooks> => {
    const hooks = await open([{ kind: 'command', target, minSeverity: 'info' }], times);
    await tell(hooks, told);
    await settled(hooks);
    return hooks;
  };

  test('get the JSON on standard input, and what scripts need in their environment', async () => {
    const out = join(folder, 'out 1');
    const hooks = await run(
      `'${script('good', `cat > "$1"; echo "$OBS_EVENT $OBS_INCIDENT_ID $OBS_INCIDENT_SEVERITY $OBS_INCIDENT_ORIGIN $OBS_INCIDENT_START" > "$1.env"`)}' "${out}"`,
    );
    expect(hooks.status()).toMatchObject({ delivered: 1, givenUp: 0 });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ event: 'opened', incident: incident() });
    expect(readFileSync(`${out}.env`, 'utf8')).toBe('opened 1f3a9c02 warning payment 2026-11-02T14:00:00.000Z\n');
  });

  test('no shell reads the command, and nothing of telemetry is part of it', async () => {
    const [out, bad] = [join(folder, 'args.out'), join(folder, 'bad')];
    const evil = event({ origin: `$(touch ${bad}); touch ${bad}\u0000`, summary: `\`touch ${bad}\`` });
    const hooks = await run(
      `${script('args', `printf '%s|' "$@" > "$1"`)} ${out} $(touch ${bad}) ; touch ${bad} $HOME *`,
      evil,
    );
    expect(hooks.status().delivered).toBe(1);
    expect(readFileSync(out, 'utf8')).toBe(`${out}|$(touch|${bad})|;|touch|${bad}|$HOME|*|`);
    expect(existsSync(bad)).toBe(false);
  });

  test('that fail are run again, and what they said is in the log', async () => {
    const count = join(folder, 'count');
    const hooks = await run(
      script('fails', `echo x >> ${count}; test $(wc -l < ${count}) -ge 3 || { echo "not yet" >&2; exit 3; }`),
    );
    expect(hooks.status()).toMatchObject({ delivered: 1, retried: 2 });
    const failing = await run(script('always', 'head -c 100000 /dev/zero | tr "\\0" e >&2; exit 1'), event(), {
      giveUpMs: 50,
    });
    expect(failing.status().hooks[0]).toMatchObject({ givenUp: 1, name: join(folder, 'always') });
    expect(failing.status().hooks[0]!.problem!.length).toBeLessThan(300);
    expect(log.join('\n')).toMatch(/ended with 1: eee/);
  });

  test('that do not end are killed, with all that they started', async () => {
    const pids = join(folder, 'pids');
    const hooks = await run(
      script('hangs', `trap '' TERM; sleep 300 & echo $! > ${pids}; echo $$ >> ${pids}; wait; sleep 300`),
      event(),
      { answerMs: 1000, giveUpMs: 500 },
    );
    expect(hooks.status().hooks[0]).toMatchObject({
      givenUp: 1,
      problem: expect.stringContaining('did not end within 1 s'),
    });
    const alive = readFileSync(pids, 'utf8').trim().split('\n').filter(isRunning);
    expect(alive).toEqual([]);
  });

  test('what one leaves in the background does not hold up the next event', async () => {
    const startedMs = performance.now();
    const hooks = await run(script('background', 'sleep 12 >&2 &'), event(), { answerMs: 10_000 });
    expect(hooks.status()).toMatchObject({ delivered: 1, givenUp: 0 });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test('that run when obs ends are killed too', async () => {
    const pids = join(folder, 'pids-at-end');
    const hooks = await open(
      [{ kind: 'command', target: script('long', `echo $$ > ${pids}; sleep 300`), minSeverity: 'info' }],
      { answerMs: 60_000 },
    );
    await tell(hooks, event());
    await until(() => existsSync(pids) && readFileSync(pids, 'utf8') !== '');
    await close();
    await until(() => !isRunning(readFileSync(pids, 'utf8').trim()));
  });

  test('that cannot be started, or make no sense, are given up at once', async () => {
    expect((await run(join(folder, 'missing'))).status().hooks[0]).toMatchObject({
      givenUp: 1,
      retried: 0,
      problem: expect.stringContaining('cannot be started'),
    });
    expect((await run('"open quote')).status().hooks[0]).toMatchObject({
      givenUp: 1,
      problem: expect.stringContaining('open quote'),
    });
  });

  test('a program that does not read its input is none that failed', async () => {
    const big = {
      ...event(),
      anomalies: Array.from({ length: 20 }, () => ({ ...anomaly('payment'), summary: 'x'.repeat(50_000) })),
    };
    expect((await run('true', big)).status()).toMatchObject({ delivered: 1, givenUp: 0 });
  });

  test('words are parted as a shell would', () => {
    expect(programWords(`/usr/bin/x  -a 'b c' "d \\"e\\" $f" g\\ h '' i"j"'k'`)).toEqual([
      '/usr/bin/x',
      '-a',
      'b c',
      'd "e" $f',
      'g h',
      '',
      'ijk',
    ]);
    for (const none of ['', '   ', `'`, `a "b`, `''`]) expect(programWords(none)).toBeNull();
  });

  test('whatever is quoted comes out as it went in', () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (words) => {
        fc.pre(words[0] !== '');
        expect(programWords(words.map(quoted).join(' '))).toEqual(words);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

function isRunning(pid: string): boolean {
  try {
    // A killed child of a killed parent may be a zombie until somebody reaps it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
