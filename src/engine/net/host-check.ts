import { isIP } from 'node:net';
import { isLoopback } from '../domain/addresses.ts';

/** The name in a `Host` header or `:authority` without its port, in lower case and without IPv6 brackets. */
function nameOf(header: string): string {
  const text = header.trim().toLowerCase();
  // What is no name with a port stays whole: a bare IPv6 address, or something made to look like a name.
  const [, address, name = text] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(text) ?? [];
  // `obs.example.` is `obs.example`, written to the end.
  return (address ?? name).replace(/\.$/, '');
}

/**
 * Judges `Host` headers against DNS rebinding: a web page whose own name suddenly resolves to 127.0.0.1 sends that name.
 * Loopback names always pass, so do the address that the receiver is bound to and `allowedHosts`, where `*.example.com`
 * stands for one more label, as in certificates. When it is bound beyond loopback, any literal address passes: rebinding
 * needs a name. A missing header passes, as no browser omits it.
 */
export function hostCheck(boundHost: string, allowedHosts: readonly string[]): (header: string | undefined) => boolean {
  const allowed = new Set([boundHost, ...allowedHosts].map((host) => nameOf(host)));
  const anyAddress = !isLoopback(nameOf(boundHost));
  let lastPassed: string | undefined;
  return (header) => {
    if (header === undefined || header === lastPassed) return true;
    const name = nameOf(header);
    const passes =
      isLoopback(name) ||
      allowed.has(name) ||
      allowed.has(name.replace(/^[^.]+/, '*')) ||
      (anyAddress && isIP(name) !== 0);
    if (passes) lastPassed = header;
    return passes;
  };
}

/** Whether an `Origin` header names a page that obs itself (or another allowed host) served. */
export function originCheck(hostAllowed: (header: string | undefined) => boolean): (origin: string) => boolean {
  return (origin) => {
    const parsed = /^https?:\/\/([^/]+)$/i.exec(origin);
    return parsed !== null && hostAllowed(parsed[1]);
  };
}
