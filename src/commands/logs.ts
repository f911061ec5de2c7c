import { Flags } from '@oclif/core';
import { Effect, Stream } from 'effect';
import { BaseCommand } from './shared/base-command.ts';
import { rangeFlags, readRange } from './shared/range-flags.ts';

export default class Logs extends BaseCommand {
  static override summary = 'Search and tail log records.';
  static override examples = [
    '<%= config.bin %> logs -f --service checkout',
    '<%= config.bin %> logs --severity error --since 1h --grep "timed? out"',
    '<%= config.bin %> logs --trace 4bf92f3577b34da6a3ce929d0e0e4736 --json',
    '<%= config.bin %> logs --attr http.route=/pay --limit 20',
  ];
  static override flags = {
    ...rangeFlags,
    follow: Flags.boolean({
      char: 'f',
      description: 'go on with records as they arrive; those that arrive over 30 s after their own time are not shown',
      exclusive: ['until'],
    }),
    service: Flags.string({ description: 'of this service', helpValue: '<name>' }),
    severity: Flags.string({ description: 'at least trace, debug, info, warn, error or fatal', helpValue: '<level>' }),
    grep: Flags.string({ description: 'body matches this regular expression (RE2, any case)', helpValue: '<regex>' }),
    trace: Flags.string({ description: 'of this trace', helpValue: '<id>' }),
    attr: Flags.string({
      description: 'with this log or resource attribute',
      multiple: true,
      helpValue: '<key=value>',
    }),
    limit: Flags.integer({ description: 'newest records at most', default: 200, min: 1, helpValue: '<n>' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Logs);
    const { followLogs, parseSeverity, searchLogs } = await import('../engine/search/log-search.ts');
    const { parseAttributes } = await import('../engine/search/conditions.ts');
    const { describeLog } = await import('../engine/search/describe-log.ts');
    const colours = this.colours(flags['no-color']);
    const show = (row: Parameters<typeof describeLog>[0]): void =>
      this.print(flags.json ? JSON.stringify(row) : describeLog(row, colours));
    const search = Effect.gen(function* () {
      const range = yield* readRange(flags, '15m');
      const filter = {
        service: flags.service,
        minSeverity: flags.severity === undefined ? undefined : yield* parseSeverity(flags.severity),
        grep: flags.grep,
        traceId: flags.trace,
        attributes: yield* parseAttributes(flags.attr ?? []),
      };
      if (!flags.follow) return (yield* searchLogs(filter, range, flags.limit)).forEach(show);
      yield* followLogs(filter, range, flags.limit).pipe(Stream.runForEach((row) => Effect.sync(() => show(row))));
    });
    await this.runQuery(search);
  }
}
