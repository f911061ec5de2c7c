import { Effect } from 'effect';
import { ConfigInvalid } from '../domain/errors.ts';

/** A ClickHouse server's address and who asks it, as the remote store takes it. */
export interface ClickHouseServer {
  /** Servers that hold the same tables, in the order in which they are tried. */
  readonly urls: readonly [string, ...string[]];
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
}

/**
 * Takes `https://user:password@host:8443/database` apart, or several such with commas between: the first one says
 * who asks, and for which database. @throws where one is no http(s) URL
 */
export function clickHouseServer(text: string): ClickHouseServer {
  const [first = '', ...others] = text.split(/,(?=https?:)/);
  const { username, password, pathname } = new URL(first);
  const database = pathname.slice(1);
  return {
    urls: [originOf(first), ...others.map(originOf)],
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(database === '' ? {} : { database }),
  };
}

function originOf(text: string): string {
  const { protocol, origin } = new URL(text.trim());
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${protocol} is neither http: nor https:`);
  return origin;
}

/**
 * Completes where the text is a server's URL.
 * @param source the flag, variable or key that it came from
 */
export function checkClickHouse(text: string, source: string): Effect.Effect<void, ConfigInvalid> {
  return Effect.try({
    try: () => void clickHouseServer(text),
    catch: () =>
      new ConfigInvalid({
        source,
        problem: `"${withoutCredentials(text)}" is no URL such as https://user:password@clickhouse.example:8443/otel`,
      }),
  });
}

/** The text with whatever may be a user and a password cut out; it need not be a valid URL. */
export function withoutCredentials(text: string): string {
  return text.replace(/^([^/]*\/\/)?.*@/s, '$1').replace(/\?.*$/s, '');
}
