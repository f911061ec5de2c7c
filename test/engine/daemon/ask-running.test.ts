import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Effect } from 'effect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askRunning } from '../../../src/engine/daemon/ask-running.ts';
import type { RunState } from '../../../src/engine/daemon/run-state.ts';
import { limits } from '../../../src/engine/domain/limits.ts';

/** As Node serves by itself: it answers 431 to more than it reads of a request's head. */
const server = createServer((request, response) => {
  const task = new URL(request.url ?? '', 'http://obs').searchParams.get('task') ?? '';
  response.end(JSON.stringify({ got: JSON.parse(task) as unknown }));
});
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(() => server.close());

const ask = (task: object) => {
  const otlpHttp = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = { endpoints: { otlpGrpc: '', otlpHttp, query: '' } } as RunState;
  return askRunning<{ got: unknown }>(running, { OBS_HOME: '/nowhere' }, '/analyze', task);
};

test('a note of the greatest length gets there in any language', async () => {
  for (const letter of ['x', '語', '"', '\n', '\u0001']) {
    const task = { kind: 'note', incident: '1f3a9c02', note: letter.repeat(limits.incidents.noteCharacters) };
    expect((await Effect.runPromise(ask(task))).got).toEqual(task);
  }
});

test('a task that no URL can carry is refused before it is sent', async () => {
  const task = { kind: 'import', file: 'x'.repeat(limits.tasks.urlBytes) };
  expect(await Effect.runPromise(Effect.flip(ask(task)))).toMatchObject({
    _tag: 'BadInput',
    why: expect.stringContaining('14,336 are taken'),
  });
});
