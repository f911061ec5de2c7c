import { isIP } from 'node:net';

/** Whether a name or address, without port and brackets, can only mean this machine. */
export function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  const version = isIP(name);
  if (version === 4) return name.startsWith('127.');
  return version === 6 && (name === '::1' || name.toLowerCase().startsWith('::ffff:127.'));
}

/** The address under which this machine reaches what is bound to `address`: "all of them" is none to connect to. */
export function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return isIP(address) === 6 && /^[0:]+$/.test(address) ? '::1' : address;
}

/** As it stands in a URL. */
export function inUrl(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
