import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BaseCommand } from './shared/base-command.ts';
import { rangeFlags, readRange } from './shared/range-flags.ts';

const durationFlag = { helpValue: '<250ms>' } as const;

export default class Traces extends BaseCommand {
  static override summary = 'List and search traces; then `obs explain` any of them.';
  static override examples = [
    '<%= config.bin %> traces --slowest --since 1h',
    '<%= config.bin %> traces --errors --service checkout',
    '<%= config.bin %> traces --operation "POST /pay" --min-duration 500ms',
    '<%= config.bin %> traces --attr http.response.status_code=503 --json',
  ];
  static override flags = {
    ...rangeFlags,
    slowest: Flags.boolean({ description: 'slowest first, not newest' }),
    errors: Flags.boolean({ description: 'with a failed span' }),
    service: Flags.string({ description: 'with a span of this service', helpValue: '<name>' }),
    operation: Flags.string({ description: 'with a span of this name', helpValue: '<name>' }),
    attr: Flags.string({ description: 'with a span of this attribute', multiple: true, helpValue: '<key=value>' }),
    'min-duration': Flags.string({ ...durationFlag, description: 'that took at least this long' }),
    'max-duration': Flags.string({ ...durationFlag, description: 'that took at most this long' }),
    limit: Flags.integer({ description: 'traces at most', default: 20, min: 1, helpValue: '<n>' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Traces);
    const { searchTraces } = await import('../engine/search/trace-search.ts');
    const { parseAttributes } = await import('../engine/search/conditions.ts');
    const { renderTraces } = await import('../engine/search/render-traces.ts');
    const { readDuration } = await import('./shared/range-flags.ts');
    const search = Effect.gen(function* () {
      const range = yield* readRange(flags, '1h');
      const filter = {
        service: flags.service,
        operation: flags.operation,
        errors: flags.errors,
        attributes: yield* parseAttributes(flags.attr ?? []),
        minDurationMs: yield* readDuration('--min-duration', flags['min-duration'], '250ms'),
        maxDurationMs: yield* readDuration('--max-duration', flags['max-duration'], '2s'),
      };
      return yield* searchTraces(filter, range, flags.slowest ? 'slowest' : 'newest', flags.limit);
    });
    const found = await this.runQuery(search);
    if (flags.json) for (const trace of found) this.print(JSON.stringify(trace));
    else this.print(renderTraces(found, process.stdout.columns ?? 100));
  }
}
