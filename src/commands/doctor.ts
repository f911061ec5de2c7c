import { BaseCommand, exitCodes } from './shared/base-command.ts';

const marks = { ok: '✓', warning: '!', problem: '✗', skipped: '-' } as const;

export default class Doctor extends BaseCommand {
  static override summary = 'Check this machine and the running backend; each line says what to do.';
  static override description =
    'Node version, folder and permissions, disk space and fsync speed, environment variables that point elsewhere, ports, engine, clock, and a test span sent and found again. Exit code 1 when something is wrong.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { examine } = await import('../engine/daemon/doctor/doctor.ts');
    const findings = await this.runEngine(examine(process.env, process.cwd()));
    const healthy = findings.every(({ verdict }) => verdict !== 'problem');
    if (flags.json) {
      this.print(JSON.stringify({ healthy, findings }));
    } else {
      for (const { check, verdict, detail, advice } of findings) {
        this.print(
          `${marks[verdict]} ${check.padEnd(12)} ${detail}${advice === '' ? '' : `\n${' '.repeat(15)}→ ${advice}`}`,
        );
      }
    }
    if (!healthy) this.exit(exitCodes.findings);
  }
}
