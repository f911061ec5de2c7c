import type { AddressInfo, Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { Effect } from 'effect';
import { inUrl, reachable } from '../domain/addresses.ts';
import { BadInput, PortTaken } from '../domain/errors.ts';
import { portOwner } from './port-owner.ts';

export interface ListenOptions {
  /** What a person calls this, for the error when the port is taken: `OTLP/HTTP`. */
  readonly what: string;
  /** The flag that chooses the port: `--otlp-http-port`. */
  readonly flag: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface Listening {
  readonly host: string;
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  /** As this machine reaches it: what is bound to all addresses is told by its loopback one. */
  readonly url: string;
}

/** Binds the server; the caller closes it. */
export function listen(server: Server, options: ListenOptions): Effect.Effect<Listening, PortTaken | BadInput> {
  const { what, flag, host, port } = options;
  return Effect.callback<Listening, PortTaken | BadInput>((resume) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') {
        const pid = portOwner(port);
        resume(Effect.fail(new PortTaken({ what, port, flag, ...(pid === undefined ? {} : { pid }) })));
        return;
      }
      const hint = error.code === 'EACCES' ? `Choose a port above 1023 with ${flag}` : `Check the address, or ${flag}`;
      const message = `Cannot listen on ${host}:${port} for ${what}`;
      resume(Effect.fail(new BadInput({ what: message, why: error.code ?? error.message, hint })));
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const bound = (server.address() as AddressInfo).port;
      const scheme = server instanceof TlsServer ? 'https' : 'http';
      resume(Effect.succeed({ host, port: bound, url: `${scheme}://${inUrl(reachable(host))}:${bound}` }));
    });
  });
}
