/** Reasons are few by construction; this bounds them all the same. */
const maxReasons = 32;

/** How often each reason for a rejection was given in one request. */
export class Reasons {
  private counts = new Map<string, number>();

  add(reason: string): void {
    const key = this.counts.has(reason) || this.counts.size < maxReasons ? reason : 'other reasons';
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  clear(): void {
    this.counts = new Map();
  }

  get all(): ReadonlyMap<string, number> {
    return this.counts;
  }
}
