import { statSync } from 'node:fs';
import { Effect, type Scope } from 'effect';
import { isLoopback } from '../domain/addresses.ts';
import { BadInput } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { AccessTokens, isReadableByOthers, readTokens, type TokenVerdict } from './access-tokens.ts';
import { type Certificate, readCertificate, type TlsFiles } from './certificate.ts';
import { hostCheck, originCheck } from './host-check.ts';

/** Who may reach the listeners; plain data, handed to every process that listens. */
export interface SecuritySettings {
  /** The address to bind. */
  readonly address: string;
  /** Names beyond that address, loopback and the certificate's own that a `Host` header may give. */
  readonly hosts: readonly string[];
  readonly tls: TlsFiles | null;
  readonly tokenFile: string | null;
  /** A secret of this run for obs's own commands; only who connects from this machine may use it. */
  readonly localKey: string | null;
}

export interface SecurityStatus {
  readonly address: string;
  readonly certificate: {
    readonly file: string;
    readonly names: readonly string[];
    readonly fingerprint: string;
    readonly validTo: string;
  } | null;
  readonly clientCertificates: boolean;
  readonly token: boolean;
  /** How often changed files were taken over since the start. */
  readonly reloads: number;
  /** What should be looked at: files that could not be taken over, an end that is near. */
  readonly problems: readonly string[];
}

/** The rules of all listeners of a process, as the files say at the moment. */
export interface Security {
  readonly hostAllowed: (header: string | undefined) => boolean;
  readonly originAllowed: (origin: string) => boolean;
  /** `null`: plain TCP. */
  readonly certificate: () => Certificate | null;
  readonly asksClientCertificate: boolean;
  readonly needsToken: boolean;
  /** Whether a request with this token may pass. */
  readonly judge: (token: string | undefined, socket: Peer) => TokenVerdict;
  /** Whether it is a command of obs's own, of this user: the run file's key, from this machine. A token is not enough. */
  readonly isOwnCommand: (key: string | undefined, socket: Peer) => boolean;
  /** Calls back whenever another certificate is in force. */
  readonly onCertificate: (changed: (certificate: Certificate) => void) => void;
  /** Looks at the files now, as it does by itself twice a second. */
  readonly reload: () => void;
  readonly status: (nowUnixMs: number) => SecurityStatus;
}

/** The ends of a connection. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly localAddress?: string | undefined;
  /** Over TLS: the peer showed a certificate of the authorities that were asked for. */
  readonly authorized?: boolean;
}

export function isFromThisMachine({ remoteAddress, localAddress }: Peer): boolean {
  return remoteAddress !== undefined && (isLoopback(remoteAddress) || remoteAddress === localAddress);
}

/** The rules without files: no TLS, no token. Only for loopback. */
export function plainSecurity(address: string, hosts: readonly string[]): Security {
  return new Rules({ address, hosts, tls: null, tokenFile: null, localKey: null }, () => undefined);
}

/**
 * Reads the files and follows them: a certificate or a token that was replaced is in force within a second, without a
 * restart. One that cannot be used leaves the former in force, is said once to `onEvent`, and stays in the status.
 */
export function openSecurity(
  settings: SecuritySettings,
  onEvent: (event: string) => void,
): Effect.Effect<Security, BadInput, Scope.Scope> {
  return Effect.gen(function* () {
    const rules = yield* Effect.try({
      try: () => new Rules(settings, onEvent),
      catch: (error) =>
        new BadInput({
          what: `Cannot listen on ${settings.address} as configured`,
          why: error instanceof Error ? error.message : String(error),
          hint: 'See docs/security.md for how to make a certificate and a token',
        }),
    });
    if (settings.tls !== null || settings.tokenFile !== null) {
      yield* Effect.acquireRelease(
        Effect.sync(() => setInterval(rules.reload, limits.access.fileCheckMs).unref()),
        (timer) => Effect.sync(() => clearInterval(timer)),
      );
    }
    return rules;
  });
}

class Rules implements Security {
  readonly #settings: SecuritySettings;
  readonly #onEvent: (event: string) => void;
  readonly #listeners: ((certificate: Certificate) => void)[] = [];
  readonly #localKey: AccessTokens | null;
  #certificate: Certificate | null;
  #tokens: AccessTokens | null;
  #hostAllowed: (header: string | undefined) => boolean;
  #seen: Readonly<Record<'tls' | 'token', string>>;
  #failed: Record<'tls' | 'token', string | null> = { tls: null, token: null };
  #reloads = 0;

  constructor(settings: SecuritySettings, onEvent: (event: string) => void) {
    this.#settings = settings;
    this.#onEvent = onEvent;
    this.#seen = this.#look();
    this.#certificate = settings.tls === null ? null : readCertificate(settings.tls);
    this.#tokens = settings.tokenFile === null ? null : new AccessTokens(readTokens(settings.tokenFile));
    this.#localKey = settings.localKey === null ? null : new AccessTokens([settings.localKey]);
    this.#hostAllowed = this.#hosts();
  }

  readonly hostAllowed = (header: string | undefined): boolean => this.#hostAllowed(header);
  readonly originAllowed = originCheck((header) => this.#hostAllowed(header));
  readonly certificate = (): Certificate | null => this.#certificate;

  get asksClientCertificate(): boolean {
    return this.#settings.tls?.clientCaFile != null;
  }

  get needsToken(): boolean {
    return this.#tokens !== null || this.asksClientCertificate;
  }

  readonly judge = (token: string | undefined, peer: Peer): TokenVerdict => {
    const hasCertificate = !this.asksClientCertificate || peer.authorized === true;
    if (hasCertificate && this.#tokens === null) return 'passes';
    if (token === undefined || token === '') return 'missing';
    if (hasCertificate && this.#tokens?.judge(token) === 'passes') return 'passes';
    return this.isOwnCommand(token, peer) ? 'passes' : 'wrong';
  };

  readonly isOwnCommand = (key: string | undefined, peer: Peer): boolean =>
    isFromThisMachine(peer) && this.#localKey?.judge(key) === 'passes';

  readonly onCertificate = (changed: (certificate: Certificate) => void): void => void this.#listeners.push(changed);

  readonly reload = (): void => {
    const { tls, tokenFile } = this.#settings;
    const seen = this.#look();
    const before = this.#seen;
    this.#seen = seen;
    if (tls !== null && seen.tls !== before.tls) {
      this.#take('tls', () => {
        const certificate = readCertificate(tls);
        this.#certificate = certificate;
        this.#hostAllowed = this.#hosts();
        for (const changed of this.#listeners) changed(certificate);
        return `certificate ${certificate.fingerprint} is in force, valid to ${isoDay(certificate.validToUnixMs)}`;
      });
    }
    if (tokenFile !== null && seen.token !== before.token) {
      this.#take('token', () => {
        this.#tokens = new AccessTokens(readTokens(tokenFile));
        return `the tokens of ${tokenFile} are in force`;
      });
    }
  };

  #take(what: 'tls' | 'token', taken: () => string): void {
    try {
      const event = taken();
      this.#failed[what] = null;
      this.#reloads += 1;
      this.#onEvent(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failed[what] = `${reason}; the former ${what === 'tls' ? 'certificate' : 'token'} stays in force`;
      this.#onEvent(this.#failed[what]);
    }
  }

  #hosts(): (header: string | undefined) => boolean {
    return hostCheck(this.#settings.address, [...this.#settings.hosts, ...(this.#certificate?.names ?? [])]);
  }

  #look(): Readonly<Record<'tls' | 'token', string>> {
    const { tls, tokenFile } = this.#settings;
    return {
      tls: tls === null ? '' : [tls.certFile, tls.keyFile, tls.clientCaFile].map(stampOf).join(),
      token: stampOf(tokenFile),
    };
  }

  readonly status = (nowUnixMs: number): SecurityStatus => {
    const { address, tls, tokenFile } = this.#settings;
    const certificate = this.#certificate;
    const problems = Object.values(this.#failed).filter((problem) => problem !== null);
    if (certificate !== null) problems.push(...endOf(certificate, nowUnixMs));
    for (const file of [tls?.keyFile, tokenFile]) {
      if (file != null && stampOf(file) !== '' && isReadableByOthers(file)) {
        problems.push(`${file} can be read by every user of this machine`);
      }
    }
    return {
      address,
      certificate:
        certificate === null || tls === null
          ? null
          : {
              file: tls.certFile,
              names: certificate.names,
              fingerprint: certificate.fingerprint,
              validTo: new Date(certificate.validToUnixMs).toISOString(),
            },
      clientCertificates: this.asksClientCertificate,
      token: tokenFile !== null,
      reloads: this.#reloads,
      problems,
    };
  };
}

function endOf({ validToUnixMs }: Certificate, nowUnixMs: number): readonly string[] {
  if (validToUnixMs <= nowUnixMs) return [`the certificate ended on ${isoDay(validToUnixMs)}: senders refuse it`];
  return validToUnixMs - nowUnixMs < limits.access.certificateWarningMs
    ? [`the certificate ends on ${isoDay(validToUnixMs)}`]
    : [];
}

function isoDay(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}

/** Changes whenever the file does, also when a link is turned to another file, as Kubernetes does. */
function stampOf(file: string | null): string {
  const stat = file === null ? undefined : statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;
}
