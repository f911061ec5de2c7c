import { Effect } from 'effect';
import { limits } from '../../../domain/limits.ts';
import { printable } from '../../../domain/printable.ts';
import { NotDelivered, type Send } from './delivery.ts';
import type { HookMessage } from './message.ts';

/** Passing, by their meaning (RFC 9110, RFC 6585, RFC 8470); so are all from 500 on. */
const passing = new Set([408, 425, 429]);

/**
 * Posts JSON. Answers from 200 to 299 count as delivered. Redirects that keep a POST a POST are followed on the same host
 * alone, since the address was given to that host.
 */
export function webhook(address: string, timeoutMs: number): Send {
  return (message) =>
    Effect.tryPromise({
      try: (interrupted) => post(new URL(address), message, interrupted),
      catch: (error) =>
        error instanceof NotDelivered ? error : new NotDelivered({ reason: reasonOf(error), again: true }),
    }).pipe(
      Effect.timeoutOrElse({
        duration: timeoutMs,
        orElse: () => Effect.fail(new NotDelivered({ reason: `no answer within ${timeoutMs / 1000} s`, again: true })),
      }),
    );
}

async function post(address: URL, message: HookMessage, signal: AbortSignal): Promise<void> {
  const { url, authorization } = withoutPassword(address);
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(target, {
      method: 'POST',
      body: message.body,
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'obs',
        'idempotency-key': message.eventId,
        'obs-event': message.type,
        ...(authorization === null ? {} : { authorization }),
      },
    });
    const { status } = response;
    const said = await beginningOf(response);
    if (response.ok) return;
    if (status < 300 || status >= 400) throw refusedBy(status, said, response.headers.get('retry-after'));
    target = redirectOf(response, target, redirects);
  }
}

/** Where a redirect leads, if it may be followed. */
function redirectOf({ status, headers }: Response, from: URL, redirects: number): URL {
  const location = headers.get('location');
  const to =
    location === null || location === '' || !URL.canParse(location, from.href) ? null : new URL(location, from);
  const unfollowed = (why: string): NotDelivered =>
    new NotDelivered({ reason: `answered ${status}, a redirect ${why}`, again: false });
  if (to === null) throw unfollowed('to nowhere');
  if (status !== 307 && status !== 308) throw unfollowed('that would not be a POST any more');
  // The scheme may get safer, not the other way round.
  const sameHost = to.hostname === from.hostname && (to.host === from.host || to.protocol === 'https:');
  if (!sameHost || (from.protocol === 'https:' && to.protocol !== 'https:')) {
    throw unfollowed(`to another host, ${printable(to.host)}, which is not followed`);
  }
  if (redirects >= limits.hooks.redirects) throw unfollowed('after too many');
  return to;
}

function refusedBy(status: number, said: string, retryAfter: string | null): NotDelivered {
  const seconds = Number(retryAfter ?? Number.NaN);
  return new NotDelivered({
    reason: `answered ${status}${said === '' ? '' : `: ${said}`}`,
    again: status >= 500 || passing.has(status),
    ...(seconds > 0 ? { afterMs: seconds * 1000 } : {}),
  });
}

/** `fetch` takes no names and passwords in addresses. */
function withoutPassword(address: URL): { readonly url: URL; readonly authorization: string | null } {
  if (address.username === '' && address.password === '') return { url: address, authorization: null };
  const pair = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return { url, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** As much as goes into a log; the rest is not read. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < limits.hooks.answerBytes) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.length;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  return printable(Buffer.concat(chunks).subarray(0, limits.hooks.answerBytes).toString('utf8').trim()).slice(0, 200);
}

/** `fetch` hides the reason (ECONNREFUSED …) in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return printable(cause instanceof Error ? cause.message || cause.name : String(cause)).slice(0, 200);
}
