import type { Head, Range, Surroundings } from './head.ts';
import { nowhere } from './head.ts';
import type { ItemDecoder } from './item-decoder.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Walks an `Export…ServiceRequest`. The three signals have the same three levels with the same field numbers:
 * request {1: resource group}, group {1: resource, 2: scope group, 3: schema URL}, scope group {1: scope, 2: item, 3: URL}.
 * Fields may come in any order, so each level is skimmed for what its items need before they are read.
 */
export class RequestWalk {
  private readonly context: RequestContext;
  private readonly decoder: ItemDecoder;
  private readonly heads: readonly Head[];
  private single = nowhere;
  private url = nowhere;

  constructor(context: RequestContext, decoder: ItemDecoder, heads: readonly Head[]) {
    this.context = context;
    this.decoder = decoder;
    this.heads = heads;
  }

  /** Reads the whole loaded payload. */
  run(): void {
    const { reader } = this.context;
    const end = reader.bytes.length;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x0a) this.resourceGroup(reader.delimited(end));
      else reader.skip(tag, end);
    }
  }

  private resourceGroup(end: number): void {
    const { reader } = this.context;
    const start = reader.pos;
    this.skim(end);
    const resource = this.single;
    const resourceSchemaUrl = this.url;
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x12) this.scopeGroup(reader.delimited(end), resource, resourceSchemaUrl);
      else reader.skip(tag, end);
    }
  }

  private scopeGroup(end: number, resource: Range, resourceSchemaUrl: Range): void {
    const { reader } = this.context;
    const start = reader.pos;
    this.skim(end);
    const surroundings: Surroundings = { resource, resourceSchemaUrl, scope: this.single, scopeSchemaUrl: this.url };
    reader.pos = start;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag === 0x12) {
        const stop = reader.delimited(end);
        this.context.beginItem();
        this.decoder.decode(stop, surroundings);
        reader.pos = stop;
      } else reader.skip(tag, end);
    }
    for (const head of this.heads) head.endScope();
  }

  /** Finds the fields 1 and 3 of the group that ends at `end`; where one comes twice, the last. */
  private skim(end: number): void {
    const { reader } = this.context;
    this.single = nowhere;
    this.url = nowhere;
    while (reader.pos < end) {
      const tag = reader.varint(end);
      if (tag !== 0x0a && tag !== 0x1a) {
        reader.skip(tag, end);
        continue;
      }
      const stop = reader.delimited(end);
      const range = { start: reader.pos, end: stop };
      if (tag === 0x0a) this.single = range;
      else this.url = range;
      reader.pos = stop;
    }
  }
}
