import type { MapColumn } from '../columns/column-buffers.ts';
import type { AnyValueWriter } from './any-value.ts';
import type { RequestContext } from './request-context.ts';
import type { WireReader } from './wire-reader.ts';

/** Reads `KeyValue` messages into map columns. */
export class AttributeReader {
  private readonly context: RequestContext;
  private readonly reader: WireReader;
  private readonly values: AnyValueWriter;

  constructor(context: RequestContext, values: AnyValueWriter) {
    this.context = context;
    this.reader = context.reader;
    this.values = values;
  }

  /**
   * Reads the KeyValue field at the cursor (its length, then its bytes) and appends it to the row that `map` is at.
   * @param end of the message that the field belongs to
   * @returns 1 when the row has as many attributes as it may have and this one was dropped, else 0
   */
  append(map: MapColumn, end: number): number {
    const { reader, context } = this;
    const stop = reader.delimited(end);
    if (map.keys.count - map.rowEntries >= context.limits.attributesPerRecord) {
      reader.pos = stop;
      return 1;
    }
    if (this.appendUsual(map, stop)) return 0;
    let keyStart = 0;
    let keyStop = 0;
    let valueStart = 0;
    let valueStop = 0;
    while (reader.pos < stop) {
      const tag = reader.varint(stop);
      if (tag === 0x0a) {
        keyStop = reader.delimited(stop);
        keyStart = reader.pos;
        reader.pos = keyStop;
      } else if (tag === 0x12) {
        valueStop = reader.delimited(stop);
        valueStart = reader.pos;
        reader.pos = valueStop;
      } else reader.skip(tag, stop);
    }
    this.appendKey(map, keyStart, keyStop);
    reader.pos = valueStart;
    this.values.append(map.values, valueStop, context.limits.attributeValueBytes, map.types);
    reader.pos = stop;
    return 0;
  }

  /** The form that nearly all writers use: a key of less than 128 bytes, then the value, then nothing else. */
  private appendUsual(map: MapColumn, stop: number): boolean {
    const { reader } = this;
    const { bytes } = reader;
    const start = reader.pos;
    if (stop - start < 4 || bytes[start] !== 0x0a) return false;
    const keyStop = start + 2 + (bytes[start + 1] as number);
    if (keyStop >= stop - 1 || (bytes[start + 1] as number) > 127 || bytes[keyStop] !== 0x12) return false;
    reader.pos = keyStop + 1;
    if (reader.delimited(stop) !== stop) {
      reader.pos = start;
      return false;
    }
    this.appendKey(map, start + 2, keyStop);
    this.values.append(map.values, stop, this.context.limits.attributeValueBytes, map.types);
    reader.pos = stop;
    return true;
  }

  private appendKey(map: MapColumn, start: number, stop: number): void {
    const { bytes, view } = this.reader;
    const { keys } = map;
    const previous = map.lastKey;
    let entry = keys.dictionary.findAfter(previous, bytes, view, start, stop);
    if (entry >= 0) keys.indexes.u32(entry);
    else {
      this.context.itemCut += keys.appendNew(bytes, start, stop, this.context.limits.attributeKeyBytes);
      entry = keys.last;
    }
    keys.dictionary.follow(previous, entry);
    map.lastKey = entry;
  }
}
