import { connect } from 'node:net';
import { type ConnectionOptions, DEFAULT_CIPHERS } from 'node:tls';
import type { Pair } from '../../../test/support/certificates.ts';
import { foreignHosts, foreignOrigins, ownHosts, rightTokens, type TokenCase, wrongTokens } from './cases.ts';
import { knock, knockStorage, type ListenerName, listenerNames, type Outcome } from './listeners.ts';
import type { SecuredDaemon } from './secured-daemon.ts';

/** What was tried, and which of it did not come out as it must. */
export interface Checked {
  readonly what: string;
  readonly tried: number;
  readonly wrong: readonly string[];
}

interface Attempt {
  readonly name: string;
  readonly listener: ListenerName;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: ConnectionOptions;
  readonly wanted: (outcome: Outcome) => boolean;
}

const answered = (outcome: Outcome): boolean => outcome === 'answered';
// What is no name at all, HTTP/2 itself does not take.
const forbidden = (outcome: Outcome): boolean =>
  ['403', 'grpc 7', 'no answer (ERR_HTTP2_STREAM_ERROR)'].includes(outcome);
const unauthenticated = (outcome: Outcome): boolean => ['401', '403', 'grpc 16'].includes(outcome);
const cut = (outcome: Outcome): boolean => outcome.startsWith('no answer');

async function check(daemon: SecuredDaemon, what: string, attempts: readonly Attempt[]): Promise<Checked> {
  const wrong: string[] = [];
  for (const { name, listener, headers = {}, tls = {}, wanted } of attempts) {
    const outcome = await knock(listener, daemon.state, {
      headers,
      tls: { ca: daemon.authority.cert, servername: '', ...tls },
    });
    if (!wanted(outcome)) wrong.push(`${listener}, ${name}: ${outcome}`);
  }
  return { what, tried: attempts.length, wrong };
}

function everywhere(make: (listener: ListenerName) => readonly Attempt[]): readonly Attempt[] {
  return listenerNames.flatMap(make);
}

const bearer = ({ token }: SecuredDaemon): Record<string, string> => ({ authorization: `Bearer ${token}` });

export function checkHosts(daemon: SecuredDaemon): Promise<Checked> {
  return check(
    daemon,
    'Host and :authority',
    everywhere((listener) => [
      ...foreignHosts.map((host) => ({
        name: `Host ${host}`,
        listener,
        headers: { ...bearer(daemon), host },
        wanted: forbidden,
      })),
      ...ownHosts.map((host) => ({
        name: `Host ${host}`,
        listener,
        headers: { ...bearer(daemon), host },
        wanted: answered,
      })),
    ]),
  );
}

export function checkOrigins(daemon: SecuredDaemon): Promise<Checked> {
  return check(
    daemon,
    'Origin',
    everywhere((listener) =>
      foreignOrigins.map((origin) => ({
        name: `Origin ${origin}`,
        listener,
        headers: { ...bearer(daemon), origin },
        wanted: forbidden,
      })),
    ),
  );
}

export function checkTokens(daemon: SecuredDaemon): Promise<Checked> {
  const attempt =
    (listener: ListenerName, wanted: (outcome: Outcome) => boolean) =>
    ({ what, headers }: TokenCase): Attempt => ({ name: `token: ${what}`, listener, headers, wanted });
  const at =
    (listener: ListenerName) =>
    ({ listeners }: TokenCase): boolean =>
      listeners === undefined || listeners.includes(listener);
  return check(
    daemon,
    'token',
    everywhere((listener) => [
      ...wrongTokens(daemon.token).filter(at(listener)).map(attempt(listener, unauthenticated)),
      ...rightTokens(daemon.token).filter(at(listener)).map(attempt(listener, answered)),
    ]),
  );
}

/** What only the commands of this user may ask for: everything but the run file's key must be refused. */
export async function checkOwnCommands(daemon: SecuredDaemon): Promise<Checked> {
  const { state, token } = daemon;
  const key = state.access?.localKey ?? '';
  const right = { authorization: `Bearer ${key}` };
  const attempts: readonly (readonly [string, Readonly<Record<string, string>>, Outcome])[] = [
    ...wrongTokens(token)
      .filter(({ listeners }) => listeners === undefined)
      .map(({ what, headers }) => [`token: ${what}`, headers, '401'] as const),
    ['the token', { authorization: `Bearer ${token}` }, '403'],
    ...wrongTokens(key)
      .filter(({ listeners }) => listeners === undefined)
      .map(({ what, headers }) => [`key: ${what}`, headers, '401'] as const),
    ['the key, from a page', { ...right, origin: 'https://evil.example' }, '403'],
    ['the key, to a name of others', { ...right, host: 'evil.example' }, '403'],
    ['the key', right, 'answered'],
  ];
  const wrong: string[] = [];
  for (const [name, headers, wanted] of attempts) {
    const outcome = await knockStorage(state, { headers, tls: { ca: daemon.authority.cert, servername: '' } });
    if (outcome !== wanted) wrong.push(`/storage, ${name}: ${outcome}`);
  }
  return { what: "tasks of the store, by the run file's key", tried: attempts.length, wrong };
}

/** Old versions of TLS; for them the client's own floor and cipher strength have to be lowered first. */
export function checkTls(daemon: SecuredDaemon): Promise<Checked> {
  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  return check(
    daemon,
    'TLS versions, names',
    everywhere((listener) => [
      ...versions.map((version) => ({
        name: version,
        listener,
        headers: bearer(daemon),
        tls: { minVersion: version, maxVersion: version, ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` },
        wanted: version < 'TLSv1.2' ? cut : answered,
      })),
      {
        name: 'a client that trusts another authority',
        listener,
        headers: bearer(daemon),
        tls: { ca: daemon.client.cert },
        wanted: cut,
      },
    ]),
  );
}

/** Bytes in the clear to a port that speaks TLS: nothing of the store may come back. */
export async function checkPlain(daemon: SecuredDaemon): Promise<Checked> {
  const { otlpHttp, otlpGrpc, query } = daemon.state.endpoints;
  const request = (host: string): string =>
    `GET /?query=SELECT+1 HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${daemon.token}\r\nConnection: close\r\n\r\n`;
  const wrong: string[] = [];
  let tried = 0;
  for (const url of [otlpHttp, otlpGrpc, query]) {
    for (const bytes of [
      request('127.0.0.1'),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
      'hello\r\n\r\n',
    ]) {
      tried += 1;
      const heard = await say(Number(new URL(url).port), bytes);
      if (heard !== '' && !heard.startsWith('HTTP/1.1 400 ')) wrong.push(`${url}: ${heard.slice(0, 60)}`);
    }
  }
  return { what: 'in the clear', tried, wrong };
}

function say(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('close', () => resolve(heard));
  });
}

/**
 * Against a daemon that asks for client certificates. This machine's own connections may come without one, and then need
 * the key of the run file; the token alone is not enough.
 * @param others certificates that must not pass
 */
export function checkClientCertificates(
  daemon: SecuredDaemon,
  others: Readonly<Record<string, Pair>>,
): Promise<Checked> {
  const refused = (outcome: Outcome): boolean => unauthenticated(outcome) || cut(outcome);
  return check(
    daemon,
    'client certificates',
    everywhere((listener) => [
      { name: 'its own', listener, headers: bearer(daemon), tls: daemon.client, wanted: answered },
      { name: 'its own, without the token', listener, tls: daemon.client, wanted: unauthenticated },
      { name: 'none', listener, headers: bearer(daemon), wanted: refused },
      ...Object.entries(others).map(([name, pair]) => ({
        name,
        listener,
        headers: bearer(daemon),
        tls: pair,
        wanted: refused,
      })),
      {
        name: "none, with the run file's key",
        listener,
        headers: { authorization: `Bearer ${daemon.state.access?.localKey ?? ''}` },
        wanted: answered,
      },
    ]),
  );
}
