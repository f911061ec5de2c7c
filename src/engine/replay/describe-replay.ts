import type { ReplayCounts } from './replay.ts';

/** What became of a signal, in one line. */
export function describeReplay({ objects, unreadable, records, rows, added }: ReplayCounts): string {
  const [inAll, broken, requests, ofThem, lacked] = [objects, unreadable, records, rows, added].map((count) =>
    count.toLocaleString('en'),
  );
  const done = `${requests} requests, ${ofThem} rows: ${lacked} added, the others were there`;
  return unreadable === 0 ? done : `${done}; ${broken} of ${inAll} objects could not be read, or not all of them`;
}
