import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities whose client certificates are asked for; `null`: none are. */
  readonly clientCaFile: string | null;
}

/** A certificate with its key, read and found to belong together. */
export interface Certificate {
  readonly options: SecureContextOptions;
  /** The certificate itself without its chain, in PEM: what obs's own commands hold the server to. */
  readonly pem: string;
  /** DNS names for which it stands, in lower case. */
  readonly names: readonly string[];
  readonly fingerprint: string;
  readonly validToUnixMs: number;
}

/** @throws Error with a sentence about what is wrong */
export function readCertificate(files: TlsFiles): Certificate {
  const cert = read(files.certFile);
  const key = read(files.keyFile);
  const ca = files.clientCaFile === null ? undefined : read(files.clientCaFile);
  const x509 = parse(files.certFile, 'certificate in PEM', () => new X509Certificate(cert));
  const privateKey = parse(files.keyFile, 'private key in PEM without a passphrase', () => createPrivateKey(key));
  if (!x509.checkPrivateKey(privateKey)) {
    throw new Error(`the key in ${files.keyFile} does not belong to the certificate in ${files.certFile}`);
  }
  if (ca !== undefined) parse(files.clientCaFile ?? '', 'certificate in PEM', () => new X509Certificate(ca));
  const options = { cert, key, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) } as const;
  parse(files.certFile, 'usable certificate', () => createSecureContext(options));
  return {
    options,
    pem: x509.toString(),
    names: [...(x509.subjectAltName ?? '').matchAll(/DNS:([^\s,"]+)/g)].map(([, name = '']) => name.toLowerCase()),
    fingerprint: x509.fingerprint256,
    validToUnixMs: Date.parse(x509.validTo),
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, {
      cause: error,
    });
  }
}

function parse<A>(file: string, what: string, parsed: () => A): A {
  try {
    return parsed();
  } catch (error) {
    throw new Error(`${file} is no ${what}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
