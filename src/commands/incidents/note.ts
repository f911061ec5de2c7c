import { Args } from '@oclif/core';
import { AnalyzerCommand } from '../shared/analyzer-command.ts';

export default class IncidentsNote extends AnalyzerCommand {
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
    const { readNote } = await import('../../engine/analyze/incidents/note-incident.ts');
    const note = await this.runEngine(readNote(args.note));
    await this.ask({ kind: 'note', incident: args.incident, note }, flags.json);
  }
}
