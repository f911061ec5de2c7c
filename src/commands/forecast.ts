import { Args, Flags } from '@oclif/core';
import { Effect } from 'effect';
import { numberFlag } from './shared/number-flag.ts';
import { BaseCommand, exitCodes } from './shared/base-command.ts';

export default class Forecast extends BaseCommand {
  static override summary = 'Forecast the numbers of a CSV or NDJSON file, and when they will cross a threshold.';
  static override description =
    'Works with no daemon and no store. Rows are put on equal steps of time where there is a time column; seasons are found by themselves.';
  static override examples = [
    '<%= config.bin %> forecast disk.csv --above 95 --exit-code',
    '<%= config.bin %> forecast requests.csv --horizon 48 --column rate --json',
    'cat memory.ndjson | <%= config.bin %> forecast --coverage 0.8 --backtest',
  ];
  static override args = {
    file: Args.string({ description: 'CSV or NDJSON, plain or gzip; without one, standard input', ignoreStdin: true }),
  };
  static override flags = {
    horizon: Flags.integer({
      description: 'steps ahead (default: a tenth of the history)',
      min: 1,
      max: 100_000,
      helpValue: '<n>',
    }),
    coverage: Flags.string({
      description: 'share of future values that the interval is to hold',
      default: '0.95',
      helpValue: '<0-1>',
    }),
    period: Flags.integer({ description: 'steps of a season (default: found)', min: 2, helpValue: '<n>' }),
    column: Flags.string({ description: 'only this column', multiple: true, helpValue: '<name>' }),
    above: Flags.string({
      description: 'say when the values will reach this from below',
      helpValue: '<number>',
      exclusive: ['below'],
    }),
    below: Flags.string({ description: 'say when the values will fall to this', helpValue: '<number>' }),
    backtest: Flags.boolean({ description: 'say too how well earlier forecasts of this history would have done' }),
    'exit-code': Flags.boolean({ description: 'exit with 1 when the threshold is expected to be crossed' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Forecast);
    const { forecastTable } = await import('../engine/analyze/files/forecast-table.ts');
    const { forecastJson } = await import('../engine/analyze/files/forecast-json.ts');
    const { renderForecast } = await import('../engine/analyze/files/render-forecast.ts');
    const { inputOf } = await import('../engine/analyze/files/input-of.ts');
    const { notesOf } = await import('../engine/analyze/files/notes.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const value = flags.above ?? flags.below;
    const work = Effect.gen(function* () {
      const coverage = yield* numberFlag('--coverage', flags.coverage, (n) => n > 0 && n < 1, 'between 0 and 1');
      const threshold =
        value === undefined
          ? undefined
          : {
              value: yield* numberFlag(
                flags.above === undefined ? '--below' : '--above',
                value,
                Number.isFinite,
                'a number',
              ),
              direction: flags.above === undefined ? ('below' as const) : ('above' as const),
            };
      const source = yield* inputOf(args.file, 'series');
      const { horizon, period, backtest, column: columns = [] } = flags;
      return yield* forecastTable(source, { horizon, period, backtest, coverage, columns, threshold });
    });
    const forecast = await this.runEngine(work);
    this.print(flags.json ? JSON.stringify(forecastJson(forecast)) : renderForecast(forecast, terminalWidth()));
    for (const note of notesOf(forecast.series)) this.note(note);
    const crossed = forecast.columns.some(({ crossing }) => crossing !== undefined && crossing.likely !== null);
    if (flags['exit-code'] && crossed) this.exit(exitCodes.findings);
  }
}
