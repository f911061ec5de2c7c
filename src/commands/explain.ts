import { text as readAll } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { explanationFormats, type ExplanationFormat } from '../engine/explain/render/formats.ts';
import { defaultFailLevel, failLevels, failsOn } from '../engine/explain/severity.ts';
import { BaseCommand, exitCodes } from './shared/base-command.ts';
import { rangeFlags } from './shared/range-flags.ts';

const standingOut = ['latest', 'slowest', 'errors'] as const;
/** A person waits this long without a word. */
const patienceMs = 1000;

export default class Explain extends BaseCommand {
  static override summary = 'Why something was slow or failed: culprit, path, evidence, and what to type next.';
  static override description =
    'Asks about a trace, several traces (also piped: `-`), an incident, an anomaly, a deployment, a time, or two sides of a comparison: trace ids, service@version, from/to or key=value.';
  static override examples = [
    '<%= config.bin %> explain 4bf92f3577b34da6a3ce929d0e0e4736',
    '<%= config.bin %> explain --latest --exit-code',
    '<%= config.bin %> explain --slowest --since 15m --service checkout',
    '<%= config.bin %> explain --since 10m',
    '<%= config.bin %> explain --service checkout --since 2026-01-31T12:00:00Z --until 2026-01-31T12:10:00Z',
    '<%= config.bin %> explain --incident 1f3a',
    '<%= config.bin %> explain --deploy 7b21',
    '<%= config.bin %> explain --compare cart@3.2.0 cart@3.1.4',
    '<%= config.bin %> traces --errors --json | <%= config.bin %> explain -',
    '<%= config.bin %> explain --errors --format html > incident.html',
    '<%= config.bin %> explain --since 10m --fail-on error --format github',
  ];
  static override strict = false;
  static override args = {
    trace: Args.string({
      description: 'trace id, or the beginning of one; several, or `-` for those on standard input',
    }),
  };
  static override flags = {
    latest: Flags.boolean({ description: 'the newest trace', exclusive: ['slowest', 'errors'] }),
    slowest: Flags.boolean({ description: 'the trace with the slowest root span', exclusive: ['latest', 'errors'] }),
    errors: Flags.boolean({ description: 'the worst trace that failed', exclusive: ['latest', 'slowest'] }),
    ...rangeFlags,
    usual: Flags.string({
      description: 'a time that was fine, to compare with; else what came before',
      helpValue: '<from/to>',
    }),
    service: Flags.string({ description: 'whose trouble is asked about; several with commas', helpValue: '<name>' }),
    operation: Flags.string({ description: 'of that operation alone', helpValue: '<name>' }),
    incident: Flags.string({ description: 'an incident', helpValue: '<id>' }),
    anomaly: Flags.string({ description: 'an anomaly', helpValue: '<id>' }),
    deploy: Flags.string({ description: 'what a deployment changed', helpValue: '<id>' }),
    compare: Flags.boolean({ description: 'what the first has that the second has not' }),
    format: Flags.option({ options: explanationFormats, description: 'of the output' })({ default: 'text' }),
    'exit-code': Flags.boolean({ description: `exit with 1 as \`--fail-on ${defaultFailLevel}\` does` }),
    'fail-on': Flags.option({
      options: failLevels,
      description: 'exit with 1 when there is a finding this severe; `error`: when anything failed',
    })(),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Explain);
    const { readQuestion } = await import('../engine/explain/ask/read-question.ts');
    const { explainQuestion } = await import('../engine/explain/explain-question.ts');
    const typed = {
      ...flags,
      names: await this.names(argv.map(String)),
      by: standingOut.find((name) => flags[name]),
      services: (flags.service ?? '').split(',').filter((name) => name !== ''),
    };
    const slow = setTimeout(
      () => process.stderr.isTTY && this.note('Looking at traces and their history …'),
      patienceMs,
    );
    const explanation = await this.runQuery(readQuestion(typed).pipe(Effect.flatMap(explainQuestion))).finally(() =>
      clearTimeout(slow),
    );
    const { render } = await import('../engine/explain/render/render.ts');
    const width = process.stdout.columns ?? 80;
    const format: ExplanationFormat = flags.json ? 'json' : flags.format;
    const paint = this.colours(flags['no-color']);
    this.print(render(explanation, format, { width, paint, failOn: flags['fail-on'] }));
    const { keepAnswer } = await import('../engine/explain/evidence/keep.ts');
    const { resolvePaths } = await import('../engine/config/paths.ts');
    await this.runEngine(keepAnswer(resolvePaths(process.env).answers, explanation));
    if ((flags['exit-code'] || flags['fail-on']) && failsOn(explanation, flags['fail-on'] ?? defaultFailLevel)) {
      process.exitCode = exitCodes.findings;
    }
  }

  /** `-` stands for all trace ids on standard input, in whatever they stand: a list, or what `obs traces --json` prints. */
  private async names(argv: readonly string[]): Promise<readonly string[]> {
    if (!argv.includes('-')) return argv;
    const { pipedNames } = await import('../engine/explain/ask/piped-names.ts');
    const text = process.stdin.isTTY ? null : await readAll(process.stdin);
    return await this.runEngine(pipedNames(argv, text));
  }
}
