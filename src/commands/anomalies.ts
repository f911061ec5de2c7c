import { Flags } from '@oclif/core';
import { Clock, Effect, Stream } from 'effect';
import { anomalySeverities } from '../engine/domain/anomaly.ts';
import { BaseCommand, exitCodes } from './shared/base-command.ts';
import { rangeFlags, readRange } from './shared/range-flags.ts';

export default class Anomalies extends BaseCommand {
  static override summary = 'What left what is usual for it: since when, where, how badly.';
  static override examples = [
    '<%= config.bin %> anomalies',
    '<%= config.bin %> anomalies -f --severity warning',
    '<%= config.bin %> anomalies --service payment --since 24h --json',
    '<%= config.bin %> anomalies --open --fail-on critical',
  ];
  static override flags = {
    ...rangeFlags,
    follow: Flags.boolean({
      char: 'f',
      description: 'go on with those that are found, get worse or end',
      exclusive: ['until', 'fail-on'],
    }),
    service: Flags.string({ description: 'of this service', helpValue: '<name>' }),
    severity: Flags.option({ options: anomalySeverities, description: 'at least this severe' })(),
    open: Flags.boolean({ description: 'only those that go on' }),
    limit: Flags.integer({ description: 'newest at most', default: 100, min: 1, helpValue: '<n>' }),
    'fail-on': Flags.option({ options: anomalySeverities, description: 'exit with 1 when one is this severe' })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Anomalies);
    const { followAnomalies } = await import('../engine/analyze/incidents/follow.ts');
    const { describeAnomaly, renderAnomalies } = await import('../engine/analyze/incidents/render-anomalies.ts');
    const { readAnomalies } = await import('../engine/analyze/incidents/store-incidents.ts');
    const { describeWatched, readWatched } = await import('../engine/analyze/incidents/watched.ts');
    const { isAtLeast } = await import('../engine/analyze/incidents/order.ts');
    const colours = this.colours(flags['no-color']);
    const read = Effect.gen({ self: this }, function* () {
      const { sinceUnixMs: fromMs, untilUnixMs: toMs } = yield* readRange(flags, '1h');
      const { service, severity: minSeverity, open: openOnly, limit } = flags;
      const range = { fromMs, toMs, service, minSeverity, openOnly, limit };
      if (flags.follow) {
        yield* followAnomalies(range).pipe(
          Stream.runForEach((each) =>
            Effect.sync(() => this.print(flags.json ? JSON.stringify(each.found) : describeAnomaly(each, colours))),
          ),
        );
      }
      const found = yield* readAnomalies(range);
      const nowMs = yield* Clock.currentTimeMillis;
      const watched = found.length > 0 ? [] : describeWatched(yield* readWatched(), nowMs);
      return { found, nowMs, watched };
    });
    const { found, nowMs, watched } = await this.runQuery(read, flags.follow ? exitCodes.clean : undefined);
    const none = ['No anomalies in this time.', ...watched].join('\n');
    if (flags.json) for (const anomaly of found) this.print(JSON.stringify(anomaly));
    else if (found.length > 0) this.print(renderAnomalies(found, nowMs, process.stdout.columns ?? 80, colours));
    else this.print(none);
    if (flags.json && found.length === 0) this.note(none);
    if (found.length === flags.limit) this.note(`The newest ${flags.limit}; more with --limit.`);
    const least = flags['fail-on'];
    if (least !== undefined && found.some(({ severity }) => isAtLeast(severity, least))) this.exit(exitCodes.findings);
  }
}
