import { describe, expect, test } from 'vitest';
import { judgeOrder } from '../../../bench/fault/syscalls/trace-order.ts';
import { traceDaemon, whyNoStrace } from '../../../bench/fault/syscalls/traced-daemon.ts';

const why = whyNoStrace();

test.skipIf(why !== null)(
  `the daemon answers after its syncs, as strace sees it${why === null ? '' : ` (skipped: ${why})`}`,
  async () => {
    const verdict = await traceDaemon(40);
    expect(verdict).toMatchObject({ acknowledged: 40, early: 0 });
    expect(verdict.answers).toBeGreaterThanOrEqual(40);
    expect(verdict.writes).toBeGreaterThanOrEqual(40);
    expect(verdict.dataSyncs).toBeGreaterThanOrEqual(40);
    expect(verdict.folderSyncs).toBeGreaterThan(0);
  },
  60_000,
);

describe('the judge of that order', () => {
  const file = '23</spool/otel_traces/1-a.open>';
  const open = '1 openat(AT_FDCWD</>, "/spool/otel_traces/1-a.open", O_RDWR|O_CREAT|O_EXCL, 0600) = 23';
  const write = `2 pwritev(${file}, [{iov_base=""..., iov_len=9}], 1, 0) = 9`;
  const sync = `3 fdatasync(${file}) = 0`;
  const folder = '4 fsync(24</spool/otel_traces>) = 0';
  const answer = '1 writev(30<socket:[1]>, [{iov_base="HTTP/1.1 200 OK\\r\\n"..., iov_len=99}], 1) = 99';
  const early = (...lines: string[]): number => judgeOrder(lines.join('\n'), '/spool/otel_traces').early;

  test('is content when bytes and name were synced first', () => {
    expect(early(open, write, sync, folder, answer)).toBe(0);
    expect(early(open, write, folder, sync, answer, write, sync, answer)).toBe(0);
  });

  test('sees an answer before either, a sync that began before the write, and one that failed or had not ended', () => {
    expect(early(open, write, folder, answer, sync)).toBe(1);
    expect(early(open, write, sync, answer, folder)).toBe(1);
    expect(early(open, folder, sync, write, answer)).toBe(1);
    expect(early(open, write, folder, `3 fdatasync(${file}) = -1 EIO (Input/output error)`, answer)).toBe(1);
    const begun = `3 fdatasync(${file} <unfinished ...>`;
    const over = '3 <... fdatasync resumed>) = 0';
    expect(early(open, write, folder, begun, answer, over)).toBe(1);
    expect(early(open, folder, begun, write, over, answer)).toBe(1);
    expect(early(open, write, folder, begun, over, answer)).toBe(0);
  });
});
