import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BadInput } from '../engine/domain/errors.ts';
import { type Signal, signals } from '../engine/domain/signals.ts';
import { readTraceId } from '../engine/domain/trace-id.ts';
import { BaseCommand } from './shared/base-command.ts';
import { rangeFlags, readRange } from './shared/range-flags.ts';

const parquetToBucket = '--format parquet --signal traces --to s3://lake/spans.parquet, or a file';

/** A trace is looked for in all that is stored. */
const whichRows = Effect.fnUntraced(function* (flags: {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly trace?: string | undefined;
}) {
  const traceId = flags.trace === undefined ? undefined : yield* readTraceId(flags.trace);
  return { range: yield* readRange(flags, traceId === undefined ? '1h' : '3650d'), traceId };
});

export default class Export extends BaseCommand {
  static override summary =
    'Write stored telemetry as OTLP requests, which `obs import` makes the same rows of, or as Parquet.';
  static override examples = [
    '<%= config.bin %> export --trace 4bf92f3577b34da6a3ce929d0e0e4736 > trace.jsonl',
    '<%= config.bin %> export --signal logs --service checkout --since 1h --output logs.jsonl.gz',
    '<%= config.bin %> export --signal traces --format protobuf --output traces.pb',
    '<%= config.bin %> export --signal traces --since 24h --format parquet --to s3://lake/obs/spans.parquet',
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
      options: ['json', 'protobuf', 'parquet'] as const,
      description:
        'json: one request a line; protobuf: one request, of one --signal; parquet: the rows of one --signal, one file a table',
      default: 'json',
      helpValue: '<name>',
    })(),
    output: Flags.string({
      char: 'o',
      aliases: ['to'],
      description:
        'file to write, gzipped when it ends with .gz, stdout when left out; Parquet: PATH.parquet or s3://BUCKET/KEY.parquet',
      helpValue: '<path>',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Export);
    if (flags.format === 'protobuf' && flags.signal === undefined) {
      const what = 'Cannot use --format protobuf without --signal';
      this.fail(new BadInput({ what, why: 'one protobuf request is of one signal', hint: 'Add --signal traces' }));
    }
    const { format } = flags;
    if (format === 'parquet') return this.writeParquet(flags);
    const { output } = flags;
    if (output?.startsWith('s3://') === true) {
      const what = `Cannot write --format ${format} to ${output}`;
      this.fail(new BadInput({ what, why: 'only Parquet is written to a bucket', hint: parquetToBucket }));
    }
    const { exportTelemetry } = await import('../engine/transfer/export.ts');
    const { writeExport } = await import('../engine/transfer/write-export.ts');
    const work = Effect.gen(function* () {
      const { range, traceId } = yield* whichRows(flags);
      const requests = exportTelemetry({
        ...range,
        signals: flags.signal === undefined ? signals : [flags.signal],
        traceId,
        service: flags.service,
        encoding: format,
      });
      return yield* writeExport(requests, output);
    });
    const requests = await this.runQuery(work);
    if (requests === 0) this.note(`There are no such rows${output === undefined ? '' : `: ${output} is empty`}.`);
  }

  private async writeParquet(flags: {
    readonly since?: string | undefined;
    readonly until?: string | undefined;
    readonly signal?: Signal | undefined;
    readonly trace?: string | undefined;
    readonly service?: string | undefined;
    readonly output?: string | undefined;
    readonly json?: boolean;
  }): Promise<void> {
    const { signal, output } = flags;
    if (signal === undefined || output === undefined) {
      const what = `Cannot use --format parquet without ${signal === undefined ? '--signal' : '--to'}`;
      this.fail(
        new BadInput({ what, why: 'a Parquet file is of one signal', hint: '--signal traces --to spans.parquet' }),
      );
    }
    const { parquetExport } = await import('../engine/daemon/parquet-export.ts');
    const work = Effect.gen(function* () {
      const { range, traceId } = yield* whichRows(flags);
      return yield* parquetExport(
        { ...range, signals: [signal], traceId, service: flags.service },
        output,
        process.env,
      );
    });
    const files = await this.runQuery(work);
    for (const file of files) {
      this.print(flags.json === true ? JSON.stringify(file) : `${file.name}: ${file.rows.toLocaleString('en')} rows`);
    }
    if (files.length === 0) this.note('There are no such rows: nothing was written.');
  }
}
