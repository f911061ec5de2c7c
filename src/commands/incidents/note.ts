import { Args } from '@oclif/core';
import { BaseCommand, exitCodes } from '../shared/base-command.ts';

export default class IncidentsNote extends BaseCommand {
  static override summary = 'Note what an incident was; later ones that are like it will say so.';
  static override description = 'A new note takes the place of the old one; an empty one takes it away.';
  static override examples = [
    '<%= config.bin %> incidents note 1f3a "pool exhaustion in payment"',
    '<%= config.bin %> incidents note 1f3a ""',
  ];
  static override args = {
    incident: Args.string({ description: 'id, or the beginning of it', required: true }),
    note: Args.string({ description: 'what it was', required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(IncidentsNote);
    const { askAnalyzer } = await import('../../engine/daemon/ask-analyzer.ts');
    const task = { kind: 'note', incident: args.incident, note: args.note } as const;
    const result = await this.runEngine(askAnalyzer(task, process.env));
    if (flags.json) this.print(JSON.stringify(result));
    else for (const line of result.lines) this.note(line);
    if (!result.ok) this.exit(exitCodes.failed);
  }
}
