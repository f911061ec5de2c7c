import { Effect } from 'effect';
import { BaseCommand } from './shared/base-command.ts';

export default class Down extends BaseCommand {
  static override summary = 'Stop the backend cleanly: requests in flight are finished, the spool is kept.';
  static override examples = ['<%= config.bin %> down', '<%= config.bin %> down --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Down);
    const { stopDaemon } = await import('../engine/daemon/stop-daemon.ts');
    const stopped = await this.runEngine(
      stopDaemon(process.env).pipe(Effect.catchTag('NotRunning', () => Effect.succeed(null))),
    );
    if (stopped === null) {
      this.print(flags.json ? JSON.stringify({ stopped: false, running: false }) : 'obs is not running');
      return;
    }
    const { pid, tookMs, killed } = stopped;
    if (flags.json) this.print(JSON.stringify({ stopped: true, pid, tookMs, killed }));
    else this.print(`obs is down (pid ${pid}, ${tookMs} ms${killed ? ', had to be killed' : ''})`);
  }
}
