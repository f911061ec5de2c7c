import { styleText } from 'node:util';
import { Command, Errors, Flags } from '@oclif/core';
import { Cause, Effect, Exit, type Layer } from 'effect';
import { BadInput, type ObsError } from '../../engine/domain/errors.ts';
import { formatMessage, messageOf } from '../../engine/domain/messages.ts';
import type { Colours } from '../../engine/search/describe-log.ts';
import type { QueryClient } from '../../engine/store/query-client.ts';

/** 0 clean, 1 findings, 2 the tool itself failed (docs/conventions.md). */
export const exitCodes = { clean: 0, findings: 1, failed: 2 } as const;

/** What oclif's parser puts around what is wrong. */
const parserEnding = /\nSee more help with --help$/;
const parserHeading = /^The following errors? occurred:\s*/;

/** For arguments and flags that a command does not take. @param id oclif's, with colons */
export function cannotRun(id: string, why: string): BadInput {
  const name = typedName(id);
  return new BadInput({ what: `Cannot run \`obs ${name}\` like this`, why, hint: `See \`obs help ${name}\`` });
}

/** A command's name as people type it. */
export const typedName = (id: string): string => id.replaceAll(':', ' ');

export const commonFlags = {
  json: Flags.boolean({ description: 'print one JSON object (or NDJSON for streams) on stdout', helpGroup: 'GLOBAL' }),
  'no-color': Flags.boolean({ description: 'no colours, as NO_COLOR does', helpGroup: 'GLOBAL' }),
};

/**
 * What every command shares: stdout is data, stderr is messages, a tagged error becomes three lines and an exit code,
 * and data come through one `QueryClient`, whoever answers behind it.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = commonFlags;
  /** The running effect's; none between effects. */
  private running: AbortController | undefined;
  private readerIsGone = false;

  /** When the reader goes away (`| head`), what runs is interrupted and the command ends quietly. */
  protected override async init(): Promise<void> {
    await super.init();
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code !== 'EPIPE') throw error;
      this.readerIsGone = true;
      if (this.running === undefined) process.exit(exitCodes.clean);
      this.running.abort();
    };
    process.stdout.on('error', onError);
    process.stderr.on('error', onError);
  }

  /** Arguments and flags that cannot be used are said as every other error is. */
  protected override async catch(error: Error): Promise<unknown> {
    // Nothing here raises errors of oclif's but its parser, and `exit`.
    if (!(error instanceof Errors.CLIError) || error instanceof Errors.ExitError) return super.catch(error);
    const why = error.message
      .replace(parserEnding, '')
      .replace(parserHeading, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('; ');
    return this.fail(cannotRun(this.id ?? '', why));
  }

  /** Runs an engine effect; a tagged error ends the command with its message and exit code 2. Ctrl-C interrupts it. */
  protected async runEngine<A>(effect: Effect.Effect<A, ObsError>, interruptedCode = 130): Promise<A> {
    const interrupt = new AbortController();
    const onSignal = (): void => interrupt.abort();
    this.running = interrupt;
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
    try {
      const exit = await Effect.runPromiseExit(effect, { signal: interrupt.signal });
      if (this.readerIsGone) process.exit(exitCodes.clean);
      if (Exit.isSuccess(exit)) return exit.value;
      if (Cause.hasInterruptsOnly(exit.cause)) this.exit(interruptedCode);
      return this.failWith(exit.cause);
    } finally {
      this.running = undefined;
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    }
  }

  /** Runs an effect that only an interruption ends: Ctrl-C is then the clean way out, exit code 0. */
  protected async runUntilStopped(effect: Effect.Effect<never, ObsError>): Promise<void> {
    await this.runEngine(effect, exitCodes.clean);
  }

  /** Runs an effect that reads data: through the running daemon, or the embedded store itself when none runs. */
  protected async runQuery<A>(effect: Effect.Effect<A, ObsError, QueryClient>, interruptedCode?: number): Promise<A> {
    const { queryAccess } = await import('../../engine/daemon/query-access.ts');
    const access: Layer.Layer<QueryClient, ObsError> = queryAccess(process.env);
    return this.runEngine(Effect.scoped(Effect.provide(effect, access)), interruptedCode);
  }

  /** Data for stdout. A closed pipe (`| head`) ends the command quietly. */
  protected print(text: string): void {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Colours by meaning for stdout: none without a terminal or with `--no-color` and NO_COLOR, always with FORCE_COLOR. */
  protected colours(noColour = false): Colours {
    const { NO_COLOR, FORCE_COLOR } = process.env;
    const wanted = !noColour && (NO_COLOR ?? '') === '' && (process.stdout.isTTY || (FORCE_COLOR ?? '') !== '');
    const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
      wanted ? styleText(format, text, { validateStream: false }) : text;
    return {
      dim: paint('dim'),
      error: paint('red'),
      warning: paint('yellow'),
      good: paint('green'),
      accent: paint('cyan'),
    };
  }

  protected note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Ends the command with an error's three lines and exit code 2. */
  protected fail(error: ObsError): never {
    this.note(formatMessage(messageOf(error)));
    return this.exit(exitCodes.failed);
  }

  private failWith(cause: Cause.Cause<ObsError>): never {
    const error = Cause.squash(cause);
    if (isObsError(error)) return this.fail(error);
    this.note(`obs failed unexpectedly.\n${Cause.pretty(cause)}`);
    return this.exit(exitCodes.failed);
  }
}

function isObsError(error: unknown): error is ObsError {
  return typeof error === 'object' && error !== null && '_tag' in error && typeof error._tag === 'string';
}
