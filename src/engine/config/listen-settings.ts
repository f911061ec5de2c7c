import { isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { Effect, Schema } from 'effect';
import { isLoopback } from '../domain/addresses.ts';
import { BadInput, ConfigInvalid } from '../domain/errors.ts';

/** `listen:` in `obs.yaml`. Files are relative to the folder of `obs.yaml`. */
export const ListenFile = Schema.Struct({
  address: Schema.optionalKey(Schema.String),
  hosts: Schema.optionalKey(Schema.Array(Schema.String)),
  tlsCert: Schema.optionalKey(Schema.String),
  tlsKey: Schema.optionalKey(Schema.String),
  tlsClientCa: Schema.optionalKey(Schema.String),
  tokenFile: Schema.optionalKey(Schema.String),
});
export type ListenFile = typeof ListenFile.Type;

/** What a source said about listening; `undefined` where it said nothing. */
export interface ListenFlags {
  readonly listen?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsClientCa?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** Where all listeners are bound and who may reach them. Files are absolute. */
export interface ListenSettings {
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  /** Names that a `Host` header may give, beyond loopback, the address and the certificate's names. */
  readonly hosts: readonly string[];
  readonly tls: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string | null } | null;
  readonly tokenFile: string | null;
}

export const loopbackOnly: ListenSettings = { address: '127.0.0.1', hosts: [], tls: null, tokenFile: null };

/** A file's `listen:`, with the files it names made absolute; nothing where it has none. */
export function fromFile(path: string, listen: ListenFile | undefined): ListenFlags {
  const absolute = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : resolve(dirname(path), file);
  return {
    listen: listen?.address,
    tlsCert: absolute(listen?.tlsCert),
    tlsKey: absolute(listen?.tlsKey),
    tlsClientCa: absolute(listen?.tlsClientCa),
    tokenFile: absolute(listen?.tokenFile),
  };
}

/** Joins the sources, the strongest first, and refuses to leave loopback without TLS and a token. */
export const joinListen = Effect.fnUntraced(function* (
  sources: readonly ListenFlags[],
  hosts: readonly string[],
): Effect.fn.Return<ListenSettings, ConfigInvalid | BadInput> {
  const first = (key: keyof ListenFlags): string | undefined =>
    sources.map((source) => source[key]).find((value) => value !== undefined && value !== '');
  const file = (key: keyof ListenFlags): string | null => {
    const value = first(key);
    return value === undefined ? null : resolve(value);
  };
  const asked = first('listen') ?? loopbackOnly.address;
  const address = asked === 'localhost' ? '127.0.0.1' : asked.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 0) {
    return yield* new ConfigInvalid({
      source: '--listen',
      problem: `"${asked}" is no address: give the IPv4 or IPv6 address of an interface, or 0.0.0.0 for all`,
    });
  }
  const [certFile, keyFile, clientCaFile] = [file('tlsCert'), file('tlsKey'), file('tlsClientCa')];
  if ((certFile === null) !== (keyFile === null) || (clientCaFile !== null && certFile === null)) {
    const problem = 'a certificate needs its key and a client authority needs both: give --tls-cert and --tls-key';
    return yield* new ConfigInvalid({ source: 'the TLS files', problem });
  }
  const tls = certFile === null || keyFile === null ? null : { certFile, keyFile, clientCaFile };
  const tokenFile = file('tokenFile');
  if (!isLoopback(address) && (tls === null || tokenFile === null)) {
    const missing = [
      ...(tls === null ? ['--tls-cert, --tls-key'] : []),
      ...(tokenFile === null ? ['--token-file'] : []),
    ];
    return yield* new BadInput({
      what: `obs does not listen on ${address} without TLS and a token`,
      why:
        'beyond this machine everybody on the network could send telemetry, and read it on the way and at the query ' +
        `endpoint; missing: ${missing.join(', ')}`,
      hint:
        `obs up --listen ${address} --tls-cert FILE --tls-key FILE --new-token; ` +
        'docs/security.md shows how to make a certificate',
    });
  }
  return { address, hosts, tls, tokenFile };
});
