import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Scope } from 'effect';
import { openSecurity, type Security } from '../../src/engine/net/security.ts';

/** Rules of a listener on loopback that asks for this token; its file goes with the scope. */
export async function securityWithToken(token: string, scope: Scope.Scope): Promise<Security> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-token-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  await Effect.runPromise(
    Scope.addFinalizer(
      scope,
      Effect.sync(() => rmSync(folder, { recursive: true })),
    ),
  );
  const settings = { address: '127.0.0.1', hosts: [], tls: null, tokenFile, localKey: null };
  return Effect.runPromise(openSecurity(settings, () => undefined).pipe(Effect.provideService(Scope.Scope, scope)));
}
