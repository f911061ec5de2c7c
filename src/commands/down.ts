import { resolvePaths } from '../engine/config/paths.ts';
import { BaseCommand } from './shared/base-command.ts';

export default class Down extends BaseCommand {
  static override summary = 'Stop the backend cleanly: requests in flight are finished, the spool is kept.';
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Down);
    const { readRunState } = await import('../engine/daemon/run-state.ts');
    if (readRunState(resolvePaths(process.env)) === null) {
      this.print(flags.json ? JSON.stringify({ stopped: false, running: false }) : 'obs is not running');
      return;
    }
    const { stopDaemon } = await import('../engine/daemon/launch.ts');
    const { pid, tookMs, killed } = await this.runEngine(stopDaemon(process.env));
    if (flags.json) this.print(JSON.stringify({ stopped: true, pid, tookMs, killed }));
    else this.print(`obs is down (pid ${pid}, ${tookMs} ms${killed ? ', had to be killed' : ''})`);
  }
}
