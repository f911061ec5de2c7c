import type { Server, TLSSocket, TlsOptions } from 'node:tls';
import { limits } from '../domain/limits.ts';
import { isFromThisMachine, type Security } from './security.ts';

/**
 * What a server over TLS is made with. Certificates of clients are judged by `guardTls` and not by Node, as obs's own
 * commands come without one.
 * @param protocol for ALPN: `h2` or `http/1.1`
 */
export function tlsOptions(security: Security, protocol: 'h2' | 'http/1.1'): TlsOptions | null {
  const certificate = security.certificate();
  if (certificate === null) return null;
  return {
    ...certificate.options,
    ALPNProtocols: [protocol],
    handshakeTimeout: limits.receive.headerMs,
    requestCert: security.asksClientCertificate,
    rejectUnauthorized: false,
  };
}

/**
 * Keeps a server's certificate the one in force, and cuts who comes from elsewhere without a certificate that was asked
 * for, before a byte of what it says is looked at.
 */
export function guardTls(server: Server, security: Security, onStranger: () => void): void {
  security.onCertificate(({ options }) => server.setSecureContext(options));
  if (!security.asksClientCertificate) return;
  const listeners = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.authorized || isFromThisMachine(socket)) {
      for (const listener of listeners) listener.call(server, socket);
      return;
    }
    onStranger();
    socket.on('error', () => undefined).destroy();
  });
}
