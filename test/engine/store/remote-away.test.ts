import { once } from 'node:events';
import { createServer } from 'node:net';
import { Effect } from 'effect';
import { expect, test } from 'vitest';
import { formatMessage, messageOf } from '../../../src/engine/domain/messages.ts';
import { remoteStore } from '../../../src/engine/store/remote-store.ts';
import { Store } from '../../../src/engine/store/store.ts';

/** A port of this machine that nothing listens on any more. */
async function closedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

test('servers that are away are all named, with what helps against that and not against an absent daemon', async () => {
  const urls = [await closedUrl(), await closedUrl()] as const;
  const ask = (mayBeAway: boolean) =>
    Effect.gen(function* () {
      const store = yield* Store;
      return yield* store.command('SELECT 1');
    }).pipe(Effect.provide(remoteStore({ urls, mayBeAway })), Effect.flip, Effect.runPromise);
  // While it opens, and with a statement later.
  for (const mayBeAway of [false, true]) {
    const text = formatMessage(messageOf(await ask(mayBeAway)));
    expect(text).toMatch(/^No ClickHouse server answers at http/);
    for (const url of urls) expect(text.split(url)).toHaveLength(3);
    expect(text).toMatch(/Next: Check that it runs .*--clickhouse/);
    expect(text).not.toContain('obs up');
  }
});
