import { Args, Flags } from '@oclif/core';
import { Clock, Effect, Stream } from 'effect';
import { anomalySeverities } from '../../engine/domain/anomaly.ts';
import { BaseCommand, exitCodes } from '../shared/base-command.ts';
import { rangeFlags, readRange } from '../shared/range-flags.ts';

export default class Incidents extends BaseCommand {
  static override summary = 'Anomalies that belong together: where it began, who has it too, what it is like.';
  static override examples = [
    '<%= config.bin %> incidents --open',
    '<%= config.bin %> incidents',
    '<%= config.bin %> incidents 1f3a',
    '<%= config.bin %> incidents -f --severity warning',
    '<%= config.bin %> incidents --since 7d --json',
  ];
  static override args = { incident: Args.string({ description: 'id of one, or the beginning of it' }) };
  static override flags = {
    ...rangeFlags,
    follow: Flags.boolean({
      char: 'f',
      description: 'go on with those that open, get worse, reach another service or end',
      exclusive: ['until', 'fail-on'],
    }),
    service: Flags.string({ description: 'that touch this service', helpValue: '<name>' }),
    severity: Flags.option({ options: anomalySeverities, description: 'at least this severe' })(),
    open: Flags.boolean({ description: 'only those that go on' }),
    limit: Flags.integer({ description: 'newest at most', default: 50, min: 1, helpValue: '<n>' }),
    'fail-on': Flags.option({ options: anomalySeverities, description: 'exit with 1 when one is this severe' })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Incidents);
    const { followIncidents } = await import('../../engine/analyze/incidents/follow.ts');
    const { describeIncident, renderIncidents } = await import('../../engine/analyze/incidents/render-incidents.ts');
    const { readIncidents } = await import('../../engine/analyze/incidents/store-incidents.ts');
    const { describeWatched, readWatched } = await import('../../engine/analyze/incidents/watched.ts');
    const { isAtLeast } = await import('../../engine/analyze/incidents/order.ts');
    if (args.incident !== undefined) return this.show(args.incident, flags.json, flags['no-color']);
    const colours = this.colours(flags['no-color']);
    const read = Effect.gen({ self: this }, function* () {
      const { sinceUnixMs: fromMs, untilUnixMs: toMs } = yield* readRange(flags, '24h');
      const { service, severity: minSeverity, open: openOnly, limit } = flags;
      const range = { fromMs, toMs, service, minSeverity, openOnly, limit };
      if (flags.follow) {
        yield* followIncidents(range).pipe(
          Stream.runForEach((each) =>
            Effect.sync(() => this.print(flags.json ? JSON.stringify(each.found) : describeIncident(each, colours))),
          ),
        );
      }
      const found = yield* readIncidents(range);
      const nowMs = yield* Clock.currentTimeMillis;
      const watched = found.length > 0 ? [] : describeWatched(yield* readWatched(), nowMs);
      return { found, nowMs, watched };
    });
    const { found, nowMs, watched } = await this.runQuery(read, flags.follow ? exitCodes.clean : undefined);
    const none = ['No incidents in this time.', ...watched].join('\n');
    if (flags.json) for (const incident of found) this.print(JSON.stringify(incident));
    else if (found.length > 0) this.print(renderIncidents(found, nowMs, process.stdout.columns ?? 80, colours));
    else this.print(none);
    if (flags.json && found.length === 0) this.note(none);
    if (found.length === flags.limit) this.note(`The newest ${flags.limit}; more with --limit.`);
    const least = flags['fail-on'];
    if (least !== undefined && found.some(({ severity }) => isAtLeast(severity, least))) this.exit(exitCodes.findings);
  }

  private async show(prefix: string, json: boolean, noColour: boolean): Promise<void> {
    const { findIncident } = await import('../../engine/analyze/incidents/show-incident.ts');
    const { renderIncident } = await import('../../engine/analyze/incidents/render-incident.ts');
    const shown = await this.runQuery(findIncident(prefix));
    const width = process.stdout.columns ?? 80;
    this.print(json ? JSON.stringify(shown) : renderIncident(shown, Date.now(), width, this.colours(noColour)));
  }
}
