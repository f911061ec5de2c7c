import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

/**
 * An agent for a server whose certificate is known beforehand: exactly that one is trusted, whoever signed it and
 * whatever name it bears, and no other. `pin` (the certificate in PEM) is asked for each new connection, as the server
 * may have got another meanwhile; `undefined` trusts nobody.
 */
export class PinnedAgent extends https.Agent {
  readonly #pin: () => string | undefined;

  constructor(pin: () => string | undefined) {
    // No sessions are kept: a resumed one would not look at the certificate again.
    super({ keepAlive: true, maxCachedSessions: 0 });
    this.#pin = pin;
  }

  override createConnection(options: https.RequestOptions): Duplex {
    return tls.connect({
      ...(options as tls.ConnectionOptions),
      ca: this.#pin() ?? [],
      // The certificate itself is the anchor, though another may have signed it.
      allowPartialTrustChain: true,
      checkServerIdentity: () => undefined,
    });
  }
}
