import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const listening = '0A';

/** The socket inodes that listen on a TCP port, from Linux' /proc/net/tcp and tcp6 (proc(5)). */
function listeningInodes(port: number): Set<string> {
  const inodes = new Set<string>();
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readOr(table, '').split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === listening && local?.endsWith(`:${hexPort}`) && inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function linksIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => linkIn(folder, name));
  } catch {
    // Another user's process, or one that ended meanwhile.
    return [];
  }
}

function linkIn(folder: string, name: string): string[] {
  try {
    return [readlinkSync(`${folder}/${name}`)];
  } catch {
    // Closed meanwhile: in our own process the very descriptor that listed the folder.
    return [];
  }
}

/**
 * The process that listens on a TCP port of this machine, if it can be known: on Linux, for processes whose open files
 * this user may see. Reads /proc once; some milliseconds.
 */
export function portOwner(port: number): number | undefined {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return undefined;
  const sockets = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const owner = pids.find((pid) => linksIn(`/proc/${pid}/fd`).some((link) => sockets.has(link)));
  return owner === undefined ? undefined : Number(owner);
}
