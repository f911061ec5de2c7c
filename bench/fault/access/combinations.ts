import { Effect } from 'effect';
import { joinListen, type ListenFlags } from '../../../src/engine/config/listen-settings.ts';
import type { Checked } from './checks.ts';

const beyond = ['0.0.0.0', '::', '[::]', '10.1.2.3', '192.168.0.7', 'fd00::7', '169.254.1.1'] as const;
const within = [undefined, '127.0.0.1', '127.4.5.6', '::1', '[::1]', 'localhost'] as const;
const noAddress = ['', 'obs.example', '0', '127.1', '1.2.3.4/8', '0.0.0.0:4317', '*', 'http://0.0.0.0'] as const;

/** What of certificate, key, client authority and token is given. */
const given = [false, true].flatMap((cert) =>
  [false, true].flatMap((key) =>
    [false, true].flatMap((ca) => [false, true].map((token) => ({ cert, key, ca, token }))),
  ),
);

/** Every address with every combination of files: beyond loopback only certificate, key and token together may pass. */
export async function listenCombinations(): Promise<Checked> {
  const wrong: string[] = [];
  let tried = 0;
  for (const listen of [...beyond, ...within, ...noAddress]) {
    for (const { cert, key, ca, token } of given) {
      const flags: ListenFlags = {
        listen,
        ...(cert ? { tlsCert: 'cert.pem' } : {}),
        ...(key ? { tlsKey: 'key.pem' } : {}),
        ...(ca ? { tlsClientCa: 'ca.pem' } : {}),
        ...(token ? { tokenFile: 'token' } : {}),
      };
      const passes = await Effect.runPromise(
        joinListen([flags], []).pipe(
          Effect.as(true),
          Effect.orElseSucceed(() => false),
        ),
      );
      const isBeyond = (beyond as readonly unknown[]).includes(listen);
      // An empty flag is one that is not set.
      const isWithin = (within as readonly unknown[]).includes(listen) || listen === '';
      const files = cert === key && (!ca || cert);
      const should = (isWithin && files) || (isBeyond && files && cert && token);
      tried += 1;
      if (passes !== should)
        wrong.push(`--listen ${listen} with ${JSON.stringify({ cert, key, ca, token })}: ${passes}`);
    }
  }
  return { what: '--listen with and without certificate, key, authority, token', tried, wrong };
}
