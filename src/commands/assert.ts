import { readFile } from 'node:fs/promises';
import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BadInput } from '../engine/domain/errors.ts';
import { BaseCommand, exitCodes } from './shared/base-command.ts';
import { readDuration } from './shared/range-flags.ts';

export default class Assert extends BaseCommand {
  static override summary =
    'Check what telemetry must look like, for end-to-end tests: latencies, errors, calls, logs.';
  static override description =
    'Exit codes: 0 all hold; 1 one does not, which is explained; 2 it could not be asked: a mistake, an unknown name, no calls. The language is in docs/assert.md.';
  static override strict = false;
  static override examples = [
    '<%= config.bin %> assert "p95(POST /checkout) < 300ms and errors(cart) == 0" --since 5m',
    '<%= config.bin %> assert "error_rate(*) < 1%" "log_errors(payment) == 0" --since 2026-01-31T12:00:00Z',
    '<%= config.bin %> assert --file assertions.txt --since 5m --format junit > assert.xml',
    '<%= config.bin %> assert "calls(GET /items) == 0 or p99(GET /items) < 1s" --service cart',
  ];
  static override args = {
    assertion: Args.string({ description: 'such as "errors(cart) == 0"; several as several', ignoreStdin: true }),
  };
  static override flags = {
    file: Flags.string({
      char: 'f',
      description: 'read assertions from this file, one a line, # begins a comment',
      helpValue: '<path>',
    }),
    since: Flags.string({
      description: 'from this time on: a span of time ago or an ISO 8601 date',
      default: '5m',
      helpValue: '<10m>',
    }),
    until: Flags.string({ description: 'up to this time', helpValue: '<5m>' }),
    service: Flags.string({ description: 'names are operations of this service', helpValue: '<name>' }),
    wait: Flags.string({
      description: 'wait at most this long for spans under way',
      default: '10s',
      helpValue: '<10s>',
    }),
    format: Flags.option({
      options: ['text', 'json', 'markdown', 'github', 'junit'] as const,
      description: 'of the output',
    })({ default: 'text' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Assert);
    const { assertAll } = await import('../engine/explain/assert/assert.ts');
    const { readAssertRange } = await import('../engine/explain/assert/times.ts');
    const { renderAssert } = await import('../engine/explain/assert/render/render.ts');
    const assertions = [...argv.map(String), ...(await this.linesOf(flags.file))];
    const { since, until, service } = flags;
    const asked = Effect.gen(function* () {
      const waitMs = (yield* readDuration('--wait', flags.wait, '10s')) ?? 0;
      return yield* assertAll({ assertions, ...(yield* readAssertRange({ since, until })), waitMs, service });
    });
    const answer = await this.runQuery(asked);
    const paint = this.colours(flags['no-color']);
    const width = process.stdout.columns ?? 80;
    this.print(renderAssert(answer, flags.json ? 'json' : flags.format, { width, paint }));
    if (answer.holds !== true) process.exitCode = answer.holds === null ? exitCodes.failed : exitCodes.findings;
  }

  private async linesOf(path: string | undefined): Promise<readonly string[]> {
    if (path === undefined) return [];
    const { assertionLines } = await import('../engine/explain/assert/assertion-lines.ts');
    try {
      return assertionLines(await readFile(path, 'utf8'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.fail(new BadInput({ what: `Cannot read ${path}`, why, hint: 'obs assert --file assertions.txt' }));
    }
  }
}
