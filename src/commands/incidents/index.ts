import { Args } from '@oclif/core';
import { FoundCommand, foundFlags } from '../shared/found-command.ts';

export default class Incidents extends FoundCommand {
  static override summary = 'Anomalies that belong together: where it began, who has it too, what it is like.';
  static override examples = [
    '<%= config.bin %> incidents --open',
    '<%= config.bin %> incidents',
    '<%= config.bin %> incidents 1f3a',
    '<%= config.bin %> incidents -f --severity warning',
    '<%= config.bin %> incidents --since 7d --json',
  ];
  static override args = { incident: Args.string({ description: 'id of one, or the beginning of it' }) };
  static override flags = foundFlags({
    follow: 'go on with those that open, get worse, reach another service or end',
    service: 'that touch this service',
    limit: 50,
  });

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Incidents);
    if (args.incident !== undefined) return this.show(args.incident, flags.json, flags['no-color']);
    const { followIncidents: follow } = await import('../../engine/analyze/incidents/follow.ts');
    const { describeIncident: describe, renderIncidents: render } =
      await import('../../engine/analyze/incidents/render-incidents.ts');
    const { readIncidents: read } = await import('../../engine/analyze/incidents/store-incidents.ts');
    await this.list({ name: 'incidents', usual: '24h', read, follow, describe, render }, flags);
  }

  private async show(prefix: string, json: boolean, noColour: boolean): Promise<void> {
    const { findIncident } = await import('../../engine/analyze/incidents/show-incident.ts');
    const { renderIncident } = await import('../../engine/analyze/incidents/render-incident.ts');
    const shown = await this.runQuery(findIncident(prefix));
    const width = process.stdout.columns ?? 80;
    this.print(json ? JSON.stringify(shown) : renderIncident(shown, Date.now(), width, this.colours(noColour)));
  }
}
