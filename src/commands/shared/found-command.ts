import { Flags } from '@oclif/core';
import { Clock, Effect, Stream } from 'effect';
import { anomalySeverities, type AnomalySeverity } from '../../engine/domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../engine/domain/errors.ts';
import type { Followed, FollowRange, OnEngine } from '../../engine/analyze/incidents/follow.ts';
import type { IncidentRange } from '../../engine/analyze/incidents/store-incidents.ts';
import type { Colours } from '../../engine/search/describe-log.ts';
import type { QueryClient } from '../../engine/store/query-client.ts';
import { BaseCommand, exitCodes } from './base-command.ts';
import { rangeFlags, readRange } from './range-flags.ts';

/** Flags of lists of what the analyzer found; `follow`, `service` and `limit` are worded by each. */
export const foundFlags = (words: { readonly follow: string; readonly service: string; readonly limit: number }) => ({
  ...rangeFlags,
  follow: Flags.boolean({ char: 'f', description: words.follow, exclusive: ['until', 'fail-on'] }),
  service: Flags.string({ description: words.service, helpValue: '<name>' }),
  severity: Flags.option({ options: anomalySeverities, description: 'at least this severe' })(),
  open: Flags.boolean({ description: 'only those that go on' }),
  limit: Flags.integer({ description: 'newest at most', default: words.limit, min: 1, helpValue: '<n>' }),
  'fail-on': Flags.option({
    options: anomalySeverities,
    description: 'exit with 1 when one is this severe, also one that --limit leaves out',
  })(),
});

export interface FoundFlags {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly follow: boolean;
  readonly service?: string | undefined;
  readonly severity?: AnomalySeverity | undefined;
  readonly open: boolean;
  readonly limit: number;
  readonly 'fail-on'?: AnomalySeverity | undefined;
  readonly json: boolean;
  readonly 'no-color': boolean;
}

type Failure = QueryFailed | EngineUnavailable;

/** How one kind of finding is read and shown. */
export interface Finding<T> {
  /** "anomalies" */
  readonly name: string;
  /** The range without `--since`. */
  readonly usual: string;
  readonly read: (range: IncidentRange) => Effect.Effect<readonly T[], Failure, QueryClient>;
  readonly follow: (range: FollowRange, onEngine: OnEngine) => Stream.Stream<Followed<T>, Failure, QueryClient>;
  readonly describe: (each: Followed<T>, colours: Colours) => string;
  readonly render: (found: readonly T[], nowMs: number, width: number, colours: Colours) => string;
}

/** A command that lists what the analyzer found, or follows it. */
export abstract class FoundCommand extends BaseCommand {
  protected async list<T>(finding: Finding<T>, flags: FoundFlags): Promise<void> {
    const { hasFailing } = await import('../../engine/analyze/incidents/failing.ts');
    const { describeWatched, readWatched, warnOfOld } = await import('../../engine/analyze/incidents/watched.ts');
    const colours = this.colours(flags['no-color']);
    const look = Effect.gen({ self: this }, function* () {
      const { sinceUnixMs: fromMs, untilUnixMs: toMs } = yield* readRange(flags, finding.usual);
      const { service, severity: minSeverity, open: openOnly, limit } = flags;
      const range = { fromMs, toMs, service, minSeverity, openOnly, limit };
      if (flags.follow) {
        const show = (each: Followed<T>): void =>
          this.print(flags.json ? JSON.stringify(each.found) : finding.describe(each, colours));
        yield* Stream.runForEach(
          finding.follow(range, (words) => this.note(words)),
          (each) => Effect.sync(() => show(each)),
        );
      }
      const found = yield* finding.read(range);
      const failing = yield* hasFailing(finding.read, range, flags['fail-on']);
      return { found, failing, nowMs: yield* Clock.currentTimeMillis, watched: yield* readWatched() };
    });
    const { found, failing, nowMs, watched } = await this.runQuery(look, flags.follow ? exitCodes.clean : undefined);
    const isOff = await this.isAnalyzerOff();
    if (flags.json) for (const each of found) this.print(JSON.stringify(each));
    else if (found.length > 0) this.print(finding.render(found, nowMs, process.stdout.columns ?? 80, colours));
    if (found.length === 0) {
      const none = [`No ${finding.name} in this time.`, ...describeWatched(watched, nowMs, isOff)].join('\n');
      if (flags.json) this.note(none);
      else this.print(none);
    } else for (const warning of warnOfOld(watched, nowMs, isOff)) this.note(warning);
    if (found.length === flags.limit) this.note(`The newest ${flags.limit}; more with --limit.`);
    if (failing) this.exit(exitCodes.findings);
  }

  private async isAnalyzerOff(): Promise<boolean> {
    const { isAnalyzerOff } = await import('../../engine/daemon/analyzer-off.ts');
    return this.runEngine(isAnalyzerOff(process.env));
  }
}
