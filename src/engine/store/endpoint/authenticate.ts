import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bearerToken } from '../../net/access-tokens.ts';
import type { Peer, Security } from '../../net/security.ts';
import { type ClickHouseException, exception } from './exception.ts';

/**
 * The password that a request carries, by any of the ways that ClickHouse's clients use. User names mean nothing here.
 * Order as in ClickHouse: its own headers, then `Authorization`, then the URL.
 */
function passwordOf(headers: IncomingHttpHeaders, url: URLSearchParams): string | undefined {
  const key = headers['x-clickhouse-key'];
  if (typeof key === 'string') return key;
  const { authorization = '' } = headers;
  if (/^bearer /i.test(authorization)) return bearerToken(authorization) ?? 'unreadable';
  const basic = /^basic +(\S+) *$/i.exec(authorization)?.[1];
  if (basic !== undefined) {
    const pair = Buffer.from(basic, 'base64').toString('utf8');
    return pair.slice(pair.indexOf(':') + 1);
  }
  return url.get('password') ?? undefined;
}

/** Nothing when the request may pass. */
export function authenticate(
  security: Security,
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  url: URLSearchParams,
): ClickHouseException | undefined {
  if (!security.needsToken) return undefined;
  const verdict = security.judge(passwordOf(request.headers, url), request.socket as Peer);
  switch (verdict) {
    case 'passes':
      return undefined;
    case 'missing':
      return exception('REQUIRED_PASSWORD', 'Password required: send the token as password');
    case 'wrong':
      return exception(
        'AUTHENTICATION_FAILED',
        'Authentication failed: the password is not the token of this endpoint',
      );
  }
}
