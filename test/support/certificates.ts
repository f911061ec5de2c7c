import { writeFileSync } from 'node:fs';
import { generate } from 'selfsigned';

/** A certificate with its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
const hourMs = 3_600_000;

async function make(name: string, options: Parameters<typeof generate>[1]): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: name }], { ...common, ...options });
  return { cert: made.cert, key: made.private };
}

/** An authority of the test's own. */
export function makeAuthority(name: string): Promise<Pair> {
  return make(name, {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

export interface IssueOptions {
  readonly dnsNames?: readonly string[];
  /** Hours from now at which it ends; before now when negative. Two months, unless said. */
  readonly hours?: number;
}

/** A certificate for servers and clients alike that the authority signed, for 127.0.0.1 and the names. */
export function issue(
  authority: Pair,
  name: string,
  { dnsNames = [], hours = 24 * 60 }: IssueOptions = {},
): Promise<Pair> {
  const now = Date.now();
  return make(name, {
    ca: authority,
    notBeforeDate: new Date(now - 48 * hourMs),
    notAfterDate: new Date(now + hours * hourMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...dnsNames.map((value) => ({ type: 2 as const, value })), { type: 7, ip: '127.0.0.1' }],
      },
    ],
  });
}

export function writePair(pair: Pair, certFile: string, keyFile: string): void {
  writeFileSync(certFile, pair.cert);
  writeFileSync(keyFile, pair.key, { mode: 0o600 });
}
