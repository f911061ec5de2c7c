import { Flags } from '@oclif/core';
import { Clock, Effect } from 'effect';
import { changeKinds } from '../../engine/domain/changes/change.ts';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class ChangeAdd extends AnalyzerCommand {
  static override summary = 'Note that something was changed: one line in a pipeline. Prints the id.';
  static override description =
    'Explain sets it in time beside what went wrong. Told again with the same --id, it takes the place of what was told before.';
  static override examples = [
    '<%= config.bin %> change add --service cart --to 3.2.0 --environment production --id "$CI_PIPELINE_ID"',
    '<%= config.bin %> change add --service cart --kind configuration --note "pool of 20 instead of 5" --at 5m',
    '<%= config.bin %> change add --service web --kind flag --note "new checkout for 10 %" --link https://example.com/42',
  ];
  static override flags = {
    service: Flags.string({ description: 'the service that was changed', required: true, helpValue: '<name>' }),
    kind: Flags.option({ options: changeKinds, description: 'what was changed', default: 'deployment' as const })(),
    from: Flags.string({ description: 'version before', helpValue: '<version>' }),
    to: Flags.string({
      description: 'version after, as its service.version says',
      helpValue: '<version>',
    }),
    at: Flags.string({ description: 'when, if not now: a span of time ago or an ISO 8601 date', helpValue: '<5m>' }),
    environment: Flags.string({
      description: 'as its deployment.environment.name says',
      helpValue: '<name>',
    }),
    note: Flags.string({ description: 'what and why', helpValue: '<text>' }),
    link: Flags.string({
      description: 'http or https address of the pipeline or the commit',
      helpValue: '<url>',
    }),
    id: Flags.string({
      description: 'id of your own, so that a step that runs again tells it once',
      helpValue: '<id>',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ChangeAdd);
    const { readToldChange } = await import('../../engine/analyze/changes/told-change.ts');
    const change = await this.runEngine(Effect.flatMap(Clock.currentTimeMillis, (now) => readToldChange(flags, now)));
    const result = await this.askFor({ kind: 'change', change });
    if (flags.json) return this.print(JSON.stringify({ id: change.id, ...result }));
    for (const line of result.lines) this.note(line);
    this.print(change.id);
  }
}
