import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Fiber } from 'effect';
import { type Paths, resolvePaths } from '../../../src/engine/config/paths.ts';
import { defaultSettings } from '../../../src/engine/config/settings.ts';
import { runDaemon } from '../../../src/engine/daemon/daemon.ts';
import type { RunState } from '../../../src/engine/daemon/run-state.ts';
import { issue, makeAuthority, type Pair, writePair } from '../../../test/support/certificates.ts';

export interface SecuredDaemon extends AsyncDisposable {
  readonly env: Record<string, string>;
  readonly paths: Paths;
  readonly state: RunState;
  readonly token: string;
  /** Signed the server's certificate, and is the one whose client certificates are asked for. */
  readonly authority: Pair;
  readonly client: Pair;
  readonly certFile: string;
  readonly keyFile: string;
  readonly tokenFile: string;
}

export const serverName = 'obs.example';

/** A whole daemon in this process, on all addresses, with TLS, a token and, when asked, client certificates. */
export async function startSecuredDaemon(
  options: { readonly clientCertificates?: boolean; readonly address?: string } = {},
): Promise<SecuredDaemon> {
  const home = mkdtempSync(join(tmpdir(), 'obs-access-'));
  const file = (name: string): string => join(home, name);
  const authority = await makeAuthority('authority of the test');
  writePair(await issue(authority, serverName, { dnsNames: [serverName] }), file('cert.pem'), file('key.pem'));
  writeFileSync(file('ca.pem'), authority.cert);
  const token = 'a-token-of-thirty-two-characters';
  writeFileSync(file('token'), `${token}\n`, { mode: 0o600 });
  const env = { OBS_HOME: home };
  const paths = resolvePaths(env);
  const clientCaFile = options.clientCertificates === true ? file('ca.pem') : null;
  const settings = {
    ...defaultSettings,
    otlpGrpcPort: 0,
    otlpHttpPort: 0,
    queryPort: 0,
    listen: {
      address: options.address ?? '0.0.0.0',
      hosts: ['also.example'],
      tls: { certFile: file('cert.pem'), keyFile: file('key.pem'), clientCaFile },
      tokenFile: file('token'),
    },
  };
  let fiber: Fiber.Fiber<never, unknown> | undefined;
  const state = await new Promise<RunState>((resolve, reject) => {
    const daemon = runDaemon(settings, paths, (ready) => Effect.sync(() => resolve(ready)));
    fiber = Effect.runFork(daemon.pipe(Effect.tapError((error) => Effect.sync(() => reject(error)))));
  });
  return {
    env,
    paths,
    state,
    token,
    authority,
    client: await issue(authority, 'a sender'),
    certFile: file('cert.pem'),
    keyFile: file('key.pem'),
    tokenFile: file('token'),
    [Symbol.asyncDispose]: async () => {
      if (fiber !== undefined) await Effect.runPromise(Fiber.interrupt(fiber));
      rmSync(home, { recursive: true, force: true });
    },
  };
}
