import { MalformedPayload } from '../domain/errors.ts';
import { limits as defaultLimits } from '../domain/limits.ts';
import { telemetryTables } from '../domain/schema/telemetry.ts';
import type { Signal } from '../domain/signals.ts';
import { blockMemory } from './columns/block-memory.ts';
import { TableBuffer } from './columns/table-buffer.ts';
import { AnyValueWriter } from './decode/any-value.ts';
import { AttributeReader } from './decode/attributes.ts';
import { Head } from './decode/head.ts';
import type { ItemDecoder } from './decode/item-decoder.ts';
import { LogDecoder } from './decode/logs.ts';
import { MetricDecoder } from './decode/metrics.ts';
import { RequestContext, type OtlpLimits } from './decode/request-context.ts';
import { RequestWalk } from './decode/request-walk.ts';
import { SpanDecoder } from './decode/spans.ts';
import { Unreadable } from './decode/wire-reader.ts';
import type { Appended, EncodedBlock, Encoding, SignalEncoder } from './encoder.ts';
import { JsonToProtobuf } from './json/json-to-protobuf.ts';
import { requestShapes } from './json/message-shapes.ts';

interface Parts {
  readonly tables: readonly TableBuffer[];
  readonly heads: readonly Head[];
  readonly decoder: ItemDecoder;
}

function makeParts(signal: Signal, context: RequestContext): Parts {
  const values = new AnyValueWriter(context);
  const attributes = new AttributeReader(context, values);
  if (signal === 'metrics') {
    const decoder = new MetricDecoder(context, attributes);
    return { decoder, tables: decoder.tables, heads: decoder.points.map(({ head }) => head) };
  }
  const table = new TableBuffer(telemetryTables[signal === 'traces' ? 'otel_traces' : 'otel_logs']);
  const head = new Head(context, attributes, table);
  const decoder =
    signal === 'traces'
      ? new SpanDecoder(context, attributes, table, head)
      : new LogDecoder(context, attributes, values, table, head);
  return { decoder, tables: [table], heads: [head] };
}

/**
 * Makes the encoder of one signal. Protobuf is read in a single pass straight into the column buffers of the Native
 * format; JSON is first rewritten as protobuf, so that both go through the same decoder (docs/otlp.md).
 */
export function makeSignalEncoder(signal: Signal, limits: OtlpLimits = defaultLimits.otlp): SignalEncoder {
  const context = new RequestContext(limits);
  const { tables, heads, decoder } = makeParts(signal, context);
  const walk = new RequestWalk(context, decoder, heads);
  const json = new JsonToProtobuf(requestShapes[signal], limits.nestingDepth);

  function rollBack(): void {
    for (const table of tables) table.marks.rollBack();
    for (const head of heads) head.abandonScope();
  }

  function append(payload: Uint8Array, encoding: Encoding, receivedUnixMs: number): Appended {
    for (const table of tables) table.marks.set();
    context.begin(receivedUnixMs);
    try {
      context.reader.load(encoding === 'json' ? json.convert(payload) : payload);
      walk.run();
    } catch (cause) {
      rollBack();
      if (cause instanceof Unreadable) throw new MalformedPayload({ signal, reason: cause.message });
      throw cause;
    } finally {
      context.reader.unload();
    }
    // Dictionary entries that only rejected items brought would be carried along for nothing.
    if (context.accepted === 0) rollBack();
    const { accepted, rejected, cut, reasons } = context;
    return { accepted, rejected, cut, reasons: reasons.all, receivedUnixMs };
  }

  return {
    append,
    get rows() {
      return tables.reduce((rows, table) => rows + table.rows, 0);
    },
    get days() {
      return context.rowDays;
    },
    take(): readonly EncodedBlock[] {
      const days = context.takeDays();
      return tables.filter((table) => table.rows > 0).map((table) => ({ ...table.take(), days }));
    },
    giveBack(blocks) {
      for (const { body } of blocks) blockMemory.give(body);
    },
  };
}
