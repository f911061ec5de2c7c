import type { ListenerName } from './listeners.ts';

/** Names that a page's DNS may make point here, and what might be mistaken for a loopback name. */
export const foreignHosts: readonly string[] = [
  'evil.example',
  'evil.example:4318',
  'EVIL.EXAMPLE',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.1.nip.io',
  'localhost@evil.example',
  'localhost:80@evil.example',
  'evil.example#localhost',
  'evil.example\\localhost',
  'localhostevil',
  'notlocalhost',
  'xlocalhost',
  'localhost..evil.example',
  '[evil.example]',
  '[::1].evil.example',
  'obs.example.evil.example',
  'evilobs.example',
  'sub.obs.example',
  '*.obs.example',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  'null',
  '-',
];

/** Names under which it may be asked: loopback, any literal address, the certificate's and the configured ones. */
export const ownHosts: readonly string[] = [
  'localhost',
  'localhost:1',
  'LOCALHOST',
  'a.localhost',
  '127.0.0.1',
  '127.8.8.8:4317',
  '[::1]:4318',
  '10.1.2.3:4318',
  '[fd00::1]',
  'obs.example',
  'OBS.example:443',
  'obs.example.',
  'also.example:1',
];

export const foreignOrigins: readonly string[] = [
  'https://evil.example',
  'http://localhost.evil.example',
  'http://evil.example:4318',
  'null',
  'file://',
  'chrome-extension://abcdefgh',
  'http://evil.example/http://localhost',
  'http://localhost@evil.example',
  'data:text/html,x',
  '',
];

export interface TokenCase {
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the headers mean something; everywhere when not said. */
  readonly listeners?: readonly ListenerName[];
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const basic = (text: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(text).toString('base64')}`,
});

/** Everything that is not the token. */
export function wrongTokens(token: string): readonly TokenCase[] {
  return [
    { what: 'none', headers: {} },
    { what: 'empty', headers: bearer('') },
    { what: 'another of the same length', headers: bearer('b'.repeat(token.length)) },
    { what: 'all but the last character', headers: bearer(token.slice(0, -1)) },
    { what: 'one character more', headers: bearer(`${token}x`) },
    { what: 'its first half', headers: bearer(token.slice(0, token.length / 2)) },
    { what: 'other case', headers: bearer(token.toUpperCase()) },
    { what: 'twice', headers: bearer(`${token} ${token}`) },
    { what: 'with a comma', headers: bearer(`${token},`) },
    { what: 'without a scheme', headers: { authorization: token } },
    { what: 'with another scheme', headers: { authorization: `Token ${token}` } },
    { what: 'its hash', headers: bearer('0'.repeat(64)) },
    { what: 'Basic with a wrong password', headers: basic('obs:wrong') },
    { what: 'Basic with the token as user', headers: basic(`${token}:`) },
    { what: 'Basic without a colon or a token', headers: basic('obs') },
    { what: 'in a cookie', headers: { cookie: `authorization=Bearer ${token}` } },
    { what: 'in X-Forwarded-Authorization', headers: { 'x-forwarded-authorization': `Bearer ${token}` } },
    { what: 'a claim to be local', headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' } },
    { what: 'an empty X-ClickHouse-Key', headers: { 'x-clickhouse-key': '' }, listeners: ['query'] },
    { what: 'a wrong X-ClickHouse-Key', headers: { 'x-clickhouse-key': `${token}0` }, listeners: ['query'] },
  ];
}

export function rightTokens(token: string): readonly TokenCase[] {
  return [
    { what: 'Bearer', headers: bearer(token) },
    { what: 'bearer in lower case', headers: { authorization: `bearer ${token}` } },
    { what: 'X-ClickHouse-Key', headers: { 'x-clickhouse-key': token }, listeners: ['query'] },
    { what: 'Basic password', headers: basic(`default:${token}`), listeners: ['query'] },
  ];
}
