import type { ByteBuffer } from './byte-buffer.ts';
import type { Dictionary } from './dictionary.ts';

interface Parts {
  readonly buffers: readonly ByteBuffer[];
  readonly dictionaries: readonly Dictionary[];
}

/** Remembers where a set of columns ended, to take back what was appended since. */
export class Marks {
  private readonly buffers: readonly ByteBuffer[];
  private readonly dictionaries: readonly Dictionary[];
  private readonly lengths: Float64Array;
  private readonly counts: Float64Array;

  constructor(columns: readonly Parts[]) {
    this.buffers = [...new Set(columns.flatMap((column) => column.buffers))];
    this.dictionaries = [...new Set(columns.flatMap((column) => column.dictionaries))];
    this.lengths = new Float64Array(this.buffers.length);
    this.counts = new Float64Array(this.dictionaries.length);
  }

  set(): void {
    for (let i = 0; i < this.lengths.length; i++) this.lengths[i] = (this.buffers[i] as ByteBuffer).length;
    for (let i = 0; i < this.counts.length; i++) this.counts[i] = (this.dictionaries[i] as Dictionary).count;
  }

  rollBack(): void {
    this.buffers.forEach((buffer, i) => (buffer.length = this.lengths[i] as number));
    this.dictionaries.forEach((dictionary, i) => dictionary.truncate(this.counts[i] as number));
  }

  clear(): void {
    for (const buffer of this.buffers) buffer.clear();
    for (const dictionary of this.dictionaries) dictionary.clear();
  }
}
