import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { fetchStatus } from '../../../src/engine/daemon/fetch-status.ts';
import type { StatusReport } from '../../../src/engine/daemon/status.ts';
import { issue, type Pair, writePair } from '../../../test/support/certificates.ts';
import { Effect } from 'effect';
import type { Checked } from './checks.ts';
import { knock, type ListenerName, listenerNames } from './listeners.ts';
import { type SecuredDaemon, serverName } from './secured-daemon.ts';

/** The fingerprint of the certificate that a listener shows now. */
export function shownBy(daemon: SecuredDaemon, listener: ListenerName): Promise<string> {
  const { otlpGrpc, otlpHttp, query } = daemon.state.endpoints;
  const url = { 'OTLP/gRPC': otlpGrpc, 'OTLP/HTTP': otlpHttp, query }[listener];
  return new Promise((resolve, reject) => {
    const protocol = listener === 'OTLP/gRPC' ? 'h2' : 'http/1.1';
    const socket = connect(
      { port: Number(new URL(url).port), host: '127.0.0.1', ca: daemon.authority.cert, ALPNProtocols: [protocol] },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });
}

export function statusOf(daemon: SecuredDaemon): Promise<StatusReport> {
  return Effect.runPromise(fetchStatus(daemon.env));
}

/** A command whose handshake falls into the very moment of a change is refused once: not yet is not never. */
async function eventually(question: () => Promise<boolean>, withinMs = 10_000): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (performance.now() < until) {
    if (await question().catch(() => false)) return true;
    await pause(50);
  }
  return false;
}

const fingerprintOf = ({ cert }: Pair): string => new X509Certificate(cert).fingerprint256;

const showsEverywhere = (daemon: SecuredDaemon, pair: Pair) => async (): Promise<boolean> => {
  const shown = await Promise.all(listenerNames.map((listener) => shownBy(daemon, listener)));
  return shown.every((fingerprint) => fingerprint === fingerprintOf(pair));
};

export interface Rotated extends Checked {
  /** Requests that senders made meanwhile, each over a connection of its own. */
  readonly requests: number;
  readonly slowestMs: number;
}

/** Replaces the certificate again and again under senders that go on; each must be in force everywhere soon. */
export async function rotate(daemon: SecuredDaemon, times: number): Promise<Rotated> {
  const wrong: string[] = [];
  let requests = 0;
  let slowestMs = 0;
  const senders = { going: true };
  const sender = async (listener: ListenerName): Promise<void> => {
    while (senders.going) {
      const outcome = await knock(listener, daemon.state, {
        headers: { authorization: `Bearer ${daemon.token}` },
        tls: { ca: daemon.authority.cert, servername: '' },
      });
      requests += 1;
      if (outcome !== 'answered') wrong.push(`${listener} during a change: ${outcome}`);
      await pause(5);
    }
  };
  const sending = listenerNames.map(sender);
  for (let turn = 0; turn < times; turn += 1) {
    const next = await issue(daemon.authority, serverName, { dnsNames: [serverName] });
    const from = performance.now();
    writePair(next, daemon.certFile, daemon.keyFile);
    if (!(await eventually(showsEverywhere(daemon, next)))) wrong.push(`change ${turn + 1} did not come into force`);
    slowestMs = Math.max(slowestMs, performance.now() - from);
  }
  senders.going = false;
  await Promise.all(sending);
  return { what: 'certificate changed while senders go on', tried: times, wrong, requests, slowestMs };
}

/** Replaces the files with what cannot be used; the former certificate must stay, and the status must say why. */
export async function breakFiles(daemon: SecuredDaemon): Promise<Checked> {
  const good = await issue(daemon.authority, serverName, { dnsNames: [serverName] });
  const other = await issue(daemon.authority, serverName);
  const broken: Readonly<Record<string, Pair>> = {
    'an empty certificate': { ...good, cert: '' },
    'half a certificate': { ...good, cert: good.cert.slice(0, good.cert.length / 2) },
    'no PEM': { ...good, cert: 'not a certificate\n' },
    'the key of another': { cert: good.cert, key: other.key },
    'an empty key': { ...good, key: '' },
    'certificate and key exchanged': { cert: good.key, key: good.cert },
  };
  const wrong: string[] = [];
  for (const [name, pair] of Object.entries(broken)) {
    writePair(good, daemon.certFile, daemon.keyFile);
    await eventually(
      async () => (await statusOf(daemon)).warnings.length === 0 && (await showsEverywhere(daemon, good)()),
    );
    writePair(pair, daemon.certFile, daemon.keyFile);
    const said = await eventually(async () =>
      (await statusOf(daemon)).warnings.some((warning) => warning.includes('the former certificate stays in force')),
    );
    if (!said) wrong.push(`${name}: the status says nothing`);
    if (!(await showsEverywhere(daemon, good)())) wrong.push(`${name}: another certificate is shown`);
  }
  writePair(good, daemon.certFile, daemon.keyFile);
  if (!(await eventually(async () => (await statusOf(daemon)).warnings.length === 0)))
    wrong.push('the status does not recover');
  return { what: 'unusable certificate or key', tried: Object.keys(broken).length, wrong };
}

/** A second token, then only that one: the first must pass until it is gone, and not after. */
export async function changeToken(daemon: SecuredDaemon): Promise<Checked> {
  const next = 'another-token-of-enough-characters';
  const wrong: string[] = [];
  const passes = async (token: string): Promise<boolean> => {
    const tls = { ca: daemon.authority.cert, servername: '' };
    const headers = { authorization: `Bearer ${token}` };
    const outcomes = await Promise.all(listenerNames.map((name) => knock(name, daemon.state, { headers, tls })));
    return outcomes.every((outcome) => outcome === 'answered');
  };
  writeFileSync(daemon.tokenFile, `${daemon.token}\n${next}\n`);
  if (!(await eventually(() => passes(next)))) wrong.push('the second token is not taken');
  if (!(await passes(daemon.token))) wrong.push('the first token is refused beside the second');
  writeFileSync(daemon.tokenFile, `${next}\n`);
  if (!(await eventually(async () => !(await passes(daemon.token))))) wrong.push('a removed token still passes');
  writeFileSync(daemon.tokenFile, '\n');
  const said = await eventually(async () => (await statusOf(daemon)).warnings.some((text) => /no token/.test(text)));
  if (!said || !(await passes(next))) wrong.push('an emptied token file is not kept out');
  writeFileSync(daemon.tokenFile, `${daemon.token}\n`);
  await eventually(() => passes(daemon.token));
  return { what: 'token changed, file emptied', tried: 4, wrong };
}
