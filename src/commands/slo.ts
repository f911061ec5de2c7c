import { Flags } from '@oclif/core';
import { Clock } from 'effect';
import { BaseCommand, exitCodes } from './shared/base-command.ts';

export default class Slo extends BaseCommand {
  static override summary =
    'Objectives of obs.yaml: what is good, what is left of the error budget, and when it is gone.';
  static override description =
    'Burn rates are times the rate at which the budget would last exactly its period, over a long and a short window; ! marks those at which both are too high (1 h/5 min from 2 % of the budget an hour on, 6 h/30 min 5 %, 3 d/6 h 10 %).';
  static override examples = [
    '<%= config.bin %> slo',
    '<%= config.bin %> slo --exit-code || echo "a budget burns too fast"',
    '<%= config.bin %> slo --json | jq ".objectives[].spent"',
  ];
  static override flags = {
    'exit-code': Flags.boolean({ description: 'exit with 1 when an objective burns too fast or its budget is spent' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Slo);
    const { resolvePaths } = await import('../engine/config/paths.ts');
    const { loadSettings } = await import('../engine/config/settings.ts');
    const { objectiveReports } = await import('../engine/analyze/predict/objectives/objective-report.ts');
    const { renderObjectives } = await import('../engine/analyze/predict/render-objectives.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const settings = await this.runEngine(loadSettings({}, process.env, resolvePaths(process.env), process.cwd()));
    const asked = settings.analyze.objectives;
    const nowMs = await this.runEngine(Clock.currentTimeMillis);
    // Without objectives no store is opened.
    const objectives = asked.length === 0 ? [] : await this.runQuery(objectiveReports(asked, nowMs));
    this.print(flags.json ? JSON.stringify({ objectives }) : renderObjectives(objectives, nowMs, terminalWidth()));
    const isBad = objectives.some(({ burning, spent }) => burning !== null || spent >= 1);
    if (flags['exit-code'] && isBad) this.exit(exitCodes.findings);
  }
}
