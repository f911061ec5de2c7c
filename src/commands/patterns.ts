import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BadInput } from '../engine/domain/errors.ts';
import { BaseCommand } from './shared/base-command.ts';
import { readKnownRange } from './shared/known-range.ts';
import { rangeFlags } from './shared/range-flags.ts';

export default class Patterns extends BaseCommand {
  static override summary =
    'Find patterns: statements that write log lines, shapes of traces, metrics that move together.';
  static override description =
    'In a terminal, or with a flag of the store, what is stored is shown. A file (plain or gzip) or what is piped in is read in one pass, with no daemon and no store. Parameters are shown as <*>.';
  static override examples = [
    '<%= config.bin %> patterns --service checkout --since 1h',
    '<%= config.bin %> patterns --new --changed --since 30m',
    '<%= config.bin %> patterns --together --since 1h',
    '<%= config.bin %> patterns --pattern 3f0a --json',
    '<%= config.bin %> patterns app.log',
    'kubectl logs deploy/checkout | <%= config.bin %> patterns',
  ];
  static override args = {
    file: Args.string({ description: 'a file of log lines, `-` for standard input', ignoreStdin: true }),
  };
  static override flags = {
    ...rangeFlags,
    signal: Flags.option({
      options: ['logs', 'traces', 'metrics'] as const,
      description: 'only of this signal; of metrics the series that move together',
    })(),
    service: Flags.string({ description: 'of this service', helpValue: '<name>' }),
    pattern: Flags.string({
      description:
        'lines of the stored pattern whose id begins so; of a shape its traces, and what parts slow from fast',
      helpValue: '<id>',
    }),
    'of-trace': Flags.string({ description: 'patterns of the log lines of this trace', helpValue: '<id>' }),
    new: Flags.boolean({ description: 'what came for the first time' }),
    changed: Flags.boolean({ description: 'what vanished, or has another rate, errors, duration or parameter' }),
    together: Flags.boolean({ description: 'what began within the same minutes, across all signals' }),
    limit: Flags.integer({ description: 'patterns or lines at most', default: 50, min: 1, helpValue: '<n>' }),
    'lines-of': Flags.string({
      description: 'of a file: print the lines of the pattern whose id begins so, in place of the patterns',
      helpValue: '<id>',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Patterns);
    const { limit, json, 'lines-of': linesOf, since, until, signal, service, pattern, 'of-trace': ofTrace } = flags;
    const { new: isNew, changed: isChanged, together: isTogether } = flags;
    const named = [since, until, signal, service, pattern, ofTrace].some((flag) => flag !== undefined);
    const isOfStore = named || isNew || isChanged || isTogether;
    const width = process.stdout.columns ?? 100;
    if (isOfStore && (args.file !== undefined || linesOf !== undefined)) this.fail(notOfFiles);
    if (isOfStore || (args.file === undefined && linesOf === undefined && process.stdin.isTTY)) {
      const { lookAtPatterns } = await import('../engine/analyze/meeting/show/look.ts');
      const look = Effect.flatMap(readKnownRange(flags, '1h'), ({ sinceUnixMs: fromMs, untilUnixMs: toMs }) =>
        lookAtPatterns({ fromMs, toMs, signal, service, pattern, ofTrace, isNew, isChanged, isTogether, limit }),
      );
      const { rows, text, notes } = await this.runQuery(look);
      if (json) for (const row of rows) this.print(JSON.stringify(row));
      else if (rows.length > 0) this.print(text(width));
      for (const note of notes) this.note(note);
      return;
    }
    const { linesOfPattern, mineLines } = await import('../engine/analyze/files/mine-lines.ts');
    const { inputOf } = await import('../engine/analyze/files/input-of.ts');
    const { renderMined } = await import('../engine/analyze/files/render-mined.ts');
    if (linesOf !== undefined) {
      if (args.file === undefined) this.fail(needsFile);
      await this.runEngine(linesOfPattern(args.file, linesOf, (line) => this.print(line)));
      return;
    }
    const mined = await this.runEngine(Effect.flatMap(inputOf(args.file, 'log line'), mineLines));
    const { lines, patterns, broken } = mined;
    if (json) {
      const shown = patterns.slice(0, limit);
      this.print(JSON.stringify({ lines, patterns: shown, ...(broken === undefined ? {} : { broken }) }));
      return;
    }
    const { text, notes } = renderMined(mined, limit, width);
    this.print(text);
    for (const note of notes) this.note(note);
  }
}

const needsFile = new BadInput({
  what: 'Cannot use --lines-of with standard input',
  why: 'the lines of a pattern are known when all have been read, and are read again then',
  hint: 'Name a file',
});

const notOfFiles = new BadInput({
  what: 'Cannot look into a file and into the store at once',
  why: 'a file, and --lines-of, go with --limit alone; the other flags ask the store',
  hint: 'Leave out the file for what is stored',
});
