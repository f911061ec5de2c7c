import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ClickHouseException } from './exception.ts';
import { errorCode } from '../guard/error-codes.ts';

/**
 * The password that a request carries, by any of the ways that ClickHouse's clients use. User names mean nothing here.
 * Order as in ClickHouse: its own headers, then `Authorization`, then the URL.
 */
function passwordOf(headers: IncomingHttpHeaders, url: URLSearchParams): string | undefined {
  const key = headers['x-clickhouse-key'];
  if (typeof key === 'string') return key;
  const [scheme, credentials] = (headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer') return credentials ?? '';
  if (scheme?.toLowerCase() === 'basic') {
    const pair = Buffer.from(credentials ?? '', 'base64').toString('utf8');
    return pair.slice(pair.indexOf(':') + 1);
  }
  return url.get('password') ?? undefined;
}

/** Nothing when the request may pass. With no token set every one may: the endpoint is on loopback. */
export function authenticate(
  token: string | undefined,
  headers: IncomingHttpHeaders,
  url: URLSearchParams,
): ClickHouseException | undefined {
  if (token === undefined) return undefined;
  const password = passwordOf(headers, url);
  if (password === undefined || password === '') {
    return new ClickHouseException({
      code: errorCode.REQUIRED_PASSWORD,
      message: 'Password required: send the token as password. (REQUIRED_PASSWORD)',
    });
  }
  if (timingSafeEqual(digest(password), digest(token))) return undefined;
  return new ClickHouseException({
    code: errorCode.AUTHENTICATION_FAILED,
    message: 'Authentication failed: the password is not the token of this endpoint. (AUTHENTICATION_FAILED)',
  });
}

/** Of equal length, as the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
