import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BadInput } from '../engine/domain/errors.ts';
import { BaseCommand } from './shared/base-command.ts';

export default class Patterns extends BaseCommand {
  static override summary = 'Find the patterns of log lines: which statements wrote them, and how often.';
  static override description =
    'Reads a file (plain or gzip) or standard input in one pass, with no daemon and no store. Parameters are shown as <*>.';
  static override examples = [
    '<%= config.bin %> patterns app.log',
    'kubectl logs deploy/checkout | <%= config.bin %> patterns',
    '<%= config.bin %> patterns app.log.gz --json',
    '<%= config.bin %> patterns app.log --lines-of 3f0a',
  ];
  static override args = {
    file: Args.string({ description: 'a file of log lines; without one, standard input', ignoreStdin: true }),
  };
  static override flags = {
    limit: Flags.integer({ description: 'most frequent patterns at most', default: 50, min: 1, helpValue: '<n>' }),
    'lines-of': Flags.string({
      description: 'print the lines of the pattern whose id begins so, in place of the patterns',
      helpValue: '<id>',
      exclusive: ['limit'],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Patterns);
    const { linesOfPattern, mineLines } = await import('../engine/analyze/files/mine-lines.ts');
    const { inputOf } = await import('../engine/analyze/files/input-of.ts');
    const { renderTable } = await import('../engine/search/render-table.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const wanted = flags['lines-of'];
    if (wanted !== undefined) {
      if (args.file === undefined) this.fail(needsFile);
      await this.runEngine(linesOfPattern(args.file, wanted, (line) => this.print(line)));
      return;
    }
    const mined = await this.runEngine(Effect.flatMap(inputOf(args.file, 'log line'), mineLines));
    const { lines, patterns, broken } = mined;
    const shown = patterns.slice(0, flags.limit);
    if (flags.json) {
      this.print(JSON.stringify({ lines, patterns: shown, ...(broken === undefined ? {} : { broken }) }));
      return;
    }
    const rows = shown.map(({ id, count, template }) => [
      count,
      `${((100 * count) / lines).toFixed(1)} %`,
      id.slice(0, 8),
      template,
    ]);
    this.print(renderTable(columns, rows, terminalWidth()));
    const rest = patterns.length - shown.length;
    const left = rest > 0 ? `, ${rest} of them not shown (--limit)` : '';
    this.note(`${lines} lines, ${patterns.length} patterns${left}`);
    if (broken !== undefined) this.note(`The input broke off: ${broken}`);
  }
}

const needsFile = new BadInput({
  what: 'Cannot use --lines-of with standard input',
  why: 'the lines of a pattern are known when all have been read, and are read again then',
  hint: 'Name a file',
});

const columns = [
  { name: 'lines', type: 'UInt64' },
  { name: 'share', type: 'UInt64' },
  { name: 'id', type: 'String' },
  { name: 'pattern', type: 'String' },
];
