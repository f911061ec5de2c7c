import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { BadInput } from '../engine/domain/errors.ts';
import { printable } from '../engine/domain/printable.ts';
import type { SavedAnswer } from '../engine/explain/evidence/saved-answer.ts';
import { BaseCommand, cannotRun, exitCodes } from './shared/base-command.ts';

export default class EvidenceCommand extends BaseCommand {
  static override summary = 'Run the evidence of an answer again, and say whether it still holds.';
  static override description =
    'Takes ids as answers of `obs explain` show them, or their beginnings. Exit code 0 when all hold, 1 when the rows of one differ from those of the answer or are gone, 2 when one could not be found or checked.';
  static override examples = [
    '<%= config.bin %> evidence 5b2dc4c0fd',
    '<%= config.bin %> evidence --all',
    '<%= config.bin %> evidence 5b2d --sql | <%= config.bin %> query',
    '<%= config.bin %> evidence --from answer.json --json',
    '<%= config.bin %> explain --slowest --json | <%= config.bin %> evidence --from -',
  ];
  static override strict = false;
  static override usage = 'evidence [ID]... [--from FILE] [--all] [--sql] [--json]';
  static override flags = {
    from: Flags.string({
      description:
        'a saved answer of `obs explain --json`, - for standard input (default: the answers of this machine)',
      helpValue: '<file>',
    }),
    all: Flags.boolean({ description: 'all evidence of the newest answer, or of that of --from' }),
    sql: Flags.boolean({ description: 'print the statements, run nothing' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(EvidenceCommand);
    const { lookUp } = await import('../engine/explain/evidence/look-up.ts');
    const { checkJson, renderChecks } = await import('../engine/explain/evidence/render-check.ts');
    const { recheck, resultOf } = await import('../engine/explain/evidence/check.ts');
    const ids = argv.map(String);
    const from = flags.from ?? null;
    if (flags.all && ids.length > 0) this.fail(cannotRun('evidence', 'there is an id beside --all'));
    if (!flags.all && ids.length === 0 && from === null) {
      this.fail(cannotRun('evidence', 'there is neither an id nor --all'));
    }
    const answers = from === null ? await this.kept() : await this.saved(from);
    const found = await this.runEngine(lookUp(answers, { ids, from }));
    if (found.length === 0) this.note('That answer has no evidence: it found nothing that would need any.');
    if (flags.sql) {
      const statements = found.map(({ evidence }) => evidence.sql).join('\n\n');
      if (found.length > 0)
        this.print(process.stdout.isTTY ? statements.split('\n').map(printable).join('\n') : statements);
      return;
    }
    const checks = await this.runQuery(
      Effect.forEach(found, (each) => Effect.map(recheck(each.evidence), (check) => ({ each, check })), {
        concurrency: 2,
      }),
    );
    if (flags.json) {
      this.print(JSON.stringify({ evidence: checks.map(({ each, check }) => checkJson(each, check)) }));
    } else if (checks.length > 0) {
      const page = { width: process.stdout.columns ?? 80, paint: this.colours(flags['no-color']) };
      this.print(renderChecks(checks, page));
    }
    const results = new Set(checks.map(({ check }) => resultOf(check)));
    if (results.has('unchecked')) process.exitCode = exitCodes.failed;
    else if (results.has('differs') || results.has('gone')) process.exitCode = exitCodes.findings;
  }

  private async kept(): Promise<readonly SavedAnswer[]> {
    const { resolvePaths } = await import('../engine/config/paths.ts');
    const { keptAnswers } = await import('../engine/explain/evidence/keep.ts');
    return this.runEngine(keptAnswers(resolvePaths(process.env).answers));
  }

  private async saved(file: string): Promise<readonly SavedAnswer[]> {
    const { readAnswer } = await import('../engine/explain/evidence/saved-answer.ts');
    try {
      const answer = readAnswer(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
      return answer === null ? [] : [answer];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return this.fail(new BadInput({ what: `Cannot read ${file}`, why, hint: 'obs evidence --from answer.json' }));
    }
  }
}
