import type { Limits } from '../../domain/limits.ts';
import type { ByteBuffer } from '../columns/byte-buffer.ts';
import { appendText } from '../columns/text.ts';
import { Reasons } from './reasons.ts';
import { WireReader } from './wire-reader.ts';

/** `limits.otlp`, with other numbers where a test needs them. */
export type OtlpLimits = { readonly [Name in keyof Limits['otlp']]: number };

const dayNanos = 86_400e9;

/** What the decoders of one encoder share: the cursor, the limits, and what the current request has come to. */
export class RequestContext {
  readonly reader = new WireReader();
  readonly limits: OtlpLimits;
  readonly reasons = new Reasons();
  accepted = 0;
  rejected = 0;
  cut = 0;
  receivedUnixMs = 0;
  /** Values of the current item that were cut, for its CutValues. */
  itemCut = 0;
  /** Attributes, events and links of the current item that were dropped over a limit. */
  itemDropped = 0;
  /** Column bytes that the request may still become. */
  bytesLeft = 0;
  /** Days since 1970 on which items of this request lie, and those of all rows that wait to be taken. */
  private readonly days = new Set<number>();
  private waitingDays = new Set<number>();
  /** Of the item before: most items lie on the same day as that. */
  private lastDay = -1;

  constructor(limits: OtlpLimits) {
    this.limits = limits;
  }

  begin(receivedUnixMs: number): void {
    this.reasons.clear();
    this.accepted = 0;
    this.rejected = 0;
    this.cut = 0;
    this.receivedUnixMs = receivedUnixMs;
    this.bytesLeft = this.limits.rowBytesPerRequest;
    this.days.clear();
    this.lastDay = -1;
  }

  beginItem(): void {
    this.itemCut = 0;
    this.itemDropped = 0;
  }

  /** Appends a range of the payload as a Native String, counting it as cut where it had to be changed. */
  appendText(out: ByteBuffer, start: number, end: number, limit: number): void {
    this.itemCut += appendText(out, this.reader.bytes, this.reader.view, start, end, limit);
  }

  /** Appends a time that is not the item's own; beyond what an Int64 holds it becomes 0 and counts as cut. */
  appendTime(out: ByteBuffer, low: number, high: number): void {
    if (high >= 0) out.u64(low, high);
    else {
      out.u64(0, 0);
      this.itemCut++;
    }
  }

  /** @param bytes what the row takes in columns whose size does not follow from the item's own bytes */
  accept(bytes: number): void {
    this.accepted++;
    this.cut += this.itemCut + this.itemDropped;
    this.bytesLeft -= bytes;
  }

  /**
   * Why an item of this time goes beyond the days that a request may have, or `null`. To be asked last, of items that
   * nothing else is wrong with: their days are counted.
   */
  beyondDays(low: number, high: number): string | null {
    // Exact enough: the halves make a double that is at most 256 ns off.
    const day = Math.floor(((high >>> 0) * 4_294_967_296 + (low >>> 0)) / dayNanos);
    return day === this.lastDay ? null : this.otherDay(day);
  }

  private otherDay(day: number): string | null {
    const { daysPerRequest } = this.limits;
    if (!this.days.has(day)) {
      if (this.days.size >= daysPerRequest) return `the request has items of more than ${daysPerRequest} days`;
      this.days.add(day);
      this.waitingDays.add(day);
    }
    this.lastDay = day;
    return null;
  }

  /** Days of the rows that wait, at least. */
  get rowDays(): ReadonlySet<number> {
    return this.waitingDays;
  }

  takeDays(): ReadonlySet<number> {
    const days = this.waitingDays;
    this.waitingDays = new Set();
    return days;
  }

  reject(reason: string): void {
    this.rejected++;
    this.reasons.add(reason);
  }

  /** Why no more rows can come from this request, or `null`. */
  get exhausted(): string | null {
    if (this.bytesLeft > 0) return null;
    const mebibytes = Math.round(this.limits.rowBytesPerRequest / (1024 * 1024));
    return `the request becomes more than ${mebibytes} MiB of rows: send fewer items at a time`;
  }
}
