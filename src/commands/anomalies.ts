import { FoundCommand, foundFlags } from './shared/found-command.ts';

export default class Anomalies extends FoundCommand {
  static override summary = 'What left what is usual for it: since when, where, how badly.';
  static override examples = [
    '<%= config.bin %> anomalies',
    '<%= config.bin %> anomalies -f --severity warning',
    '<%= config.bin %> anomalies --service payment --since 24h --json',
    '<%= config.bin %> anomalies --open --fail-on critical',
  ];
  static override flags = foundFlags({
    follow: 'go on with those that are found, get worse or end',
    service: 'of this service',
    limit: 100,
  });

  async run(): Promise<void> {
    const { flags } = await this.parse(Anomalies);
    const { followAnomalies: follow } = await import('../engine/analyze/incidents/follow.ts');
    const { describeAnomaly: describe, renderAnomalies: render } =
      await import('../engine/analyze/incidents/render-anomalies.ts');
    const { readAnomalies: read } = await import('../engine/analyze/incidents/store-incidents.ts');
    await this.list({ name: 'anomalies', usual: '1h', read, follow, describe, render }, flags);
  }
}
