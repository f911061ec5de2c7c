import { ByteBuffer } from '../columns/byte-buffer.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Fields of a message that no column holds (a metric's metadata, a resource's entity references): kept as they came, as
 * protobuf in base64, for an export to give them back. What is too much of them is dropped.
 */
export class KeptFields {
  private readonly context: RequestContext;
  private readonly tag: number;
  private readonly fields = new ByteBuffer(64);
  /** Fields that were dropped. */
  cut = 0;

  constructor(context: RequestContext, tag: number) {
    this.context = context;
    this.tag = tag;
  }

  clear(): void {
    this.fields.length = 0;
    this.cut = 0;
  }

  /** Takes the field whose tag was read, of a message that ends at `end`. */
  take(end: number): void {
    const { reader, limits } = this.context;
    const stop = reader.delimited(end);
    if (this.fields.length + stop - reader.pos > limits.keptFieldBytes) this.cut++;
    else {
      this.fields.u8(this.tag);
      this.fields.varint(stop - reader.pos);
      this.fields.copy(reader.bytes, reader.pos, stop);
    }
    reader.pos = stop;
  }

  base64(): string {
    const { bytes, length } = this.fields;
    return length === 0 ? '' : Buffer.from(bytes.buffer, 0, length).toString('base64');
  }
}
