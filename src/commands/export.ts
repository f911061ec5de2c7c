import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Flags } from '@oclif/core';
import { Effect, Stream } from 'effect';
import { BadInput, StorageFailed } from '../engine/domain/errors.ts';
import { signals } from '../engine/domain/signals.ts';
import { BaseCommand } from './shared/base-command.ts';
import { rangeFlags, readRange } from './shared/range-flags.ts';

export default class Export extends BaseCommand {
  static override summary = 'Write stored telemetry as OTLP requests; `obs import` gives the same rows again.';
  static override examples = [
    '<%= config.bin %> export --trace 4bf92f3577b34da6a3ce929d0e0e4736 > trace.jsonl',
    '<%= config.bin %> export --signal logs --service checkout --since 1h --output logs.jsonl.gz',
    '<%= config.bin %> export --signal traces --format protobuf --output traces.pb',
  ];
  static override flags = {
    ...rangeFlags,
    signal: Flags.option({
      options: signals,
      description: 'this signal only (all three when left out)',
      helpValue: '<signal>',
    })(),
    trace: Flags.string({ description: 'spans and logs of this trace', helpValue: '<id>' }),
    service: Flags.string({ description: 'of this service', helpValue: '<name>' }),
    format: Flags.option({
      options: ['json', 'protobuf'] as const,
      description: 'json: one request a line; protobuf: one request, of one --signal',
      default: 'json',
      helpValue: '<name>',
    })(),
    output: Flags.string({
      char: 'o',
      description: 'file to write, gzipped when it ends with .gz; stdout when left out',
      helpValue: '<path>',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Export);
    if (flags.format === 'protobuf' && flags.signal === undefined) {
      const what = 'Cannot use --format protobuf without --signal';
      this.fail(new BadInput({ what, why: 'one protobuf request is of one signal', hint: 'Add --signal traces' }));
    }
    const { exportTelemetry } = await import('../engine/transfer/export.ts');
    const file = flags.output;
    const write = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      if (file === undefined) await pipeline(chunks, process.stdout, { end: false });
      else if (file.endsWith('.gz')) await pipeline(chunks, createGzip(), createWriteStream(file));
      else await pipeline(chunks, createWriteStream(file));
    };
    const work = Effect.gen(function* () {
      // A trace is looked for in all that is stored.
      const range = yield* readRange(flags, flags.trace === undefined ? '1h' : '3650d');
      const requests = exportTelemetry({
        ...range,
        signals: flags.signal === undefined ? signals : [flags.signal],
        traceId: flags.trace,
        service: flags.service,
        encoding: flags.format,
      });
      const chunks = yield* Stream.toAsyncIterableEffect(requests);
      yield* Effect.tryPromise({
        try: () => write(chunks),
        catch: (error) => new StorageFailed({ operation: 'write', path: file ?? 'stdout', code: String(error) }),
      });
    });
    await this.runQuery(work);
  }
}
