import type { DroppedPartition } from '../domain/storage-task.ts';

/** What one round let go of, in one line, however many days and tables there were. */
export function describeDropped(dropped: readonly DroppedPartition[]): string {
  const days = [...new Set(dropped.map(({ day }) => day))].sort();
  const tables = [...new Set(dropped.map(({ table }) => table))].sort();
  const rows = dropped.reduce((sum, partition) => sum + partition.rows, 0);
  const [first, last] = [days[0], days.at(-1)];
  const when = days.length > 1 ? `${days.length} days from ${first} to ${last}` : first;
  return `dropped ${rows.toLocaleString('en')} rows of ${when}, from ${tables.join(', ')}`;
}
