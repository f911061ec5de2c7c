import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BaseCommand } from './shared/base-command.ts';

export default class Rca extends BaseCommand {
  static override summary =
    'Rank what caused a trouble, from a file of metrics and, where there is one, the call graph.';
  static override description =
    'Works with no daemon and no store. Columns are called after an entity and what is measured: carts_cpu, orders.latency, requests{service="cart"}. With --graph and --target the calls are followed from the alarmed entity; with --target alone they are learned from the metrics where those allow it; else each entity is judged by itself.';
  static override examples = [
    '<%= config.bin %> rca --metrics metrics.csv --graph calls.csv --target frontend --at 2026-01-31T12:00:00Z',
    '<%= config.bin %> rca --metrics during.csv --normal before.csv --graph calls.csv --target frontend --kind errors',
    '<%= config.bin %> rca --metrics metrics.csv --json',
  ];
  static override flags = {
    metrics: Flags.string({
      description:
        'CSV or NDJSON, plain or gzip; without one, standard input. Columns called time, timestamp, ts, t, date or alike are the time',
      helpValue: '<file>',
    }),
    normal: Flags.string({
      description: 'the same columns while nothing was wrong (default: the rows before the alarm)',
      helpValue: '<file>',
    }),
    graph: Flags.string({
      description: 'who calls whom: CSV of caller,callee, or a matrix of 0 and 1 (row calls column)',
      helpValue: '<file>',
    }),
    target: Flags.string({ description: 'the entity that raised the alarm', helpValue: '<name>' }),
    kind: Flags.string({
      description: 'what the alarm was about (default: latency where the target has it)',
      options: ['latency', 'errors'] as const,
      dependsOn: ['target'],
    }),
    at: Flags.string({
      description: 'when it was raised: a date, a Unix time, or a row without times (default: where a change is found)',
      helpValue: '<time>',
    }),
    top: Flags.integer({ description: 'as many entities are shown', min: 1, default: 10, helpValue: '<n>' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Rca);
    const { rankCausesOf } = await import('../engine/analyze/files/rank-causes.ts');
    const { renderCauses, causesJson, causeNotes } = await import('../engine/analyze/files/render-causes.ts');
    const { inputOf } = await import('../engine/analyze/files/input-of.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const { normal, graph, target, at } = flags;
    const kind = flags.kind as 'latency' | 'errors' | undefined;
    const answer = await this.runEngine(
      Effect.gen(function* () {
        const metrics = yield* inputOf(flags.metrics, 'metrics');
        return yield* rankCausesOf({ metrics, normal, graph, target, kind, at });
      }),
    );
    this.print(flags.json ? JSON.stringify(causesJson(answer)) : renderCauses(answer, flags.top, terminalWidth()));
    for (const note of causeNotes(answer)) this.note(note);
  }
}
