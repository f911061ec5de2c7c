/** What a trace of system calls says about answers and what was synced by then. */
export interface OrderVerdict {
  readonly answers: number;
  readonly writes: number;
  readonly dataSyncs: number;
  readonly folderSyncs: number;
  /** Answers that began to be written while bytes, or the name, of a segment were not yet synced. Must be 0. */
  readonly early: number;
}

interface Pending {
  readonly call: string;
  readonly writesBefore: number;
}

/**
 * Reads what `strace -f -y` wrote, one line a call, in the order in which they began or (`resumed`) ended.
 * @param folder the spool's folder of one table: the only files that are looked at
 */
export function judgeOrder(trace: string, folder: string): OrderVerdict {
  const counts = { answers: 0, writes: 0, dataSyncs: 0, folderSyncs: 0, early: 0 };
  const pending = new Map<string, Pending>();
  /** Writes to each file so far, and how many of them its last sync covered. */
  const written = new Map<string, number>();
  const synced = new Map<string, number>();
  let names = 0;
  let namesSynced = 0;

  const isDirty = (): boolean =>
    names > namesSynced || [...written].some(([file, writes]) => writes > (synced.get(file) ?? 0));
  const writesTo = (call: string): number => (call.includes(`<${folder}>`) ? names : (written.get(pathOf(call)) ?? 0));

  const ended = ({ call, writesBefore }: Pending): void => {
    const path = pathOf(call);
    if (call.startsWith('fdatasync(')) {
      counts.dataSyncs += 1;
      synced.set(path, Math.max(synced.get(path) ?? 0, writesBefore));
    } else if (call.startsWith('fsync(') && path === folder) {
      counts.folderSyncs += 1;
      namesSynced = Math.max(namesSynced, writesBefore);
    }
  };

  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.startsWith('<... ')) {
      const begun = pending.get(thread);
      pending.delete(thread);
      if (begun !== undefined && succeeded(text)) ended(begun);
      continue;
    }
    // An answer counts from the moment at which it begins to be written.
    if (text.includes('"HTTP/1.1 200')) {
      counts.answers += 1;
      if (isDirty()) counts.early += 1;
    }
    if (!text.includes(folder)) continue;
    const call = text;
    if (/^openat\(.*O_CREAT/.test(call)) names += 1;
    if (/^pwritev?(64)?\(/.test(call)) {
      counts.writes += 1;
      written.set(pathOf(call), (written.get(pathOf(call)) ?? 0) + 1);
    }
    const begun = { call, writesBefore: writesTo(call) };
    if (text.includes('<unfinished ...>')) pending.set(thread, begun);
    else if (succeeded(text)) ended(begun);
  }
  return counts;
}

/** Of the first file that the call names by its descriptor. */
function pathOf(call: string): string {
  // A file keeps its descriptor when it is renamed: `.open` and `.native` are the same one.
  return (/\(\d+<([^>]*)>/.exec(call)?.[1] ?? '').replace(/\.(open|native)$/, '');
}

const succeeded = (text: string): boolean => / = \d+/.test(text);
