import type { AnalyzeResult, AnalyzeTask } from '../../engine/domain/analyze-task.ts';
import { BaseCommand, exitCodes } from './base-command.ts';

/** A command that has the analyzer change something, and says what came of it. */
export abstract class AnalyzerCommand extends BaseCommand {
  /** Exit code 2 where nothing was changed. */
  protected async ask(task: AnalyzeTask, json: boolean): Promise<void> {
    const result = await this.askFor(task);
    if (json) this.print(JSON.stringify(result));
    else for (const line of result.lines) this.note(line);
    if (!result.ok) this.exit(exitCodes.failed);
  }

  protected async askFor(task: AnalyzeTask): Promise<AnalyzeResult> {
    const { askAnalyzer } = await import('../../engine/daemon/ask-analyzer.ts');
    return this.runEngine(askAnalyzer(task, process.env));
  }
}
