import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BaseCommand, exitCodes } from './shared/base-command.ts';

const standingOut = ['latest', 'slowest', 'errors'] as const;

export default class Explain extends BaseCommand {
  static override summary = 'Why a trace was slow or failed: critical path, culprit, evidence.';
  static override examples = [
    '<%= config.bin %> explain 4bf92f3577b34da6a3ce929d0e0e4736',
    '<%= config.bin %> explain 4bf92f',
    '<%= config.bin %> explain --latest',
    '<%= config.bin %> explain --slowest --since 15m --service checkout',
    '<%= config.bin %> explain --errors --format markdown > incident.md',
    '<%= config.bin %> explain --latest --exit-code',
    '<%= config.bin %> explain --slowest --fail-on critical',
  ];
  static override args = { trace: Args.string({ description: 'trace id, or the beginning of one' }) };
  static override flags = {
    latest: Flags.boolean({ description: 'the newest trace', exclusive: ['slowest', 'errors'] }),
    slowest: Flags.boolean({ description: 'the trace with the slowest root span', exclusive: ['latest', 'errors'] }),
    errors: Flags.boolean({ description: 'the worst trace that failed', exclusive: ['latest', 'slowest'] }),
    since: Flags.string({ description: 'how far back those three look', default: '1h', helpValue: '<15m>' }),
    service: Flags.string({ description: 'of traces with a span of this service', helpValue: '<name>' }),
    format: Flags.option({ options: ['text', 'json', 'markdown'] as const, description: 'of the output' })({
      default: 'text',
    }),
    'exit-code': Flags.boolean({ description: 'exit with 1 when there is a finding' }),
    'fail-on': Flags.option({
      options: ['info', 'warning', 'critical'] as const,
      description: 'exit with 1 when there is a finding this severe',
    })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    const { readChoice, resolveTrace } = await import('../engine/explain/resolve-trace.ts');
    const { explainTrace } = await import('../engine/explain/explain-trace.ts');
    const by = standingOut.find((name) => flags[name]);
    const choice = readChoice({ id: args.trace, by, since: flags.since, service: flags.service });
    const explanation = await this.runQuery(
      choice.pipe(
        Effect.flatMap(resolveTrace),
        Effect.flatMap((traceId) => explainTrace(traceId)),
      ),
    );
    const { render } = await import('../engine/explain/render/render.ts');
    const width = process.stdout.columns ?? 80;
    const format = flags.json ? 'json' : flags.format;
    this.print(render(explanation, format, { width, paint: this.colours(flags['no-color']) }));
    const failOn = flags['fail-on'] ?? (flags['exit-code'] ? 'info' : undefined);
    const { hasFinding } = await import('../engine/explain/severity.ts');
    if (failOn !== undefined && hasFinding(explanation, failOn)) process.exitCode = exitCodes.findings;
  }
}
