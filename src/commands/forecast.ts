import { Args, Flags } from '@oclif/core';
import { Clock, Effect } from 'effect';
import { BaseCommand, cannotRun, exitCodes } from './shared/base-command.ts';
import {
  forecasting,
  misplaced,
  readCoverage,
  readHorizon,
  readSince,
  readThreshold,
  seriesFlags,
  type ForecastFlags,
} from './shared/forecast-flags.ts';

export default class Forecast extends BaseCommand {
  static override summary = 'What will be: of a series of the store or a file, or of everything that can be used up.';
  static override description =
    'Without a series: what will be full, run out or be spent (disks, memory, pools, queues, certificates, error budgets), and when. With --service or --metric: that series of the store. With a file, or one piped in: its columns of numbers, with no daemon and no store. Seasons are found by themselves.';
  static override examples = [
    '<%= config.bin %> forecast --all --exit-code',
    '<%= config.bin %> forecast --service checkout --signal p95 --horizon 6h --above 800',
    '<%= config.bin %> forecast --metric system.filesystem.utilization --attr mountpoint=/data --above 0.95',
    '<%= config.bin %> forecast --service checkout --signal rate --backtest',
    '<%= config.bin %> forecast disk.csv --above 95 --exit-code',
    '<%= config.bin %> forecast --predictions',
    'cat memory.ndjson | <%= config.bin %> forecast --coverage 0.8 --backtest',
  ];
  static override args = {
    file: Args.string({ description: 'CSV or NDJSON, plain or gzip; - for standard input', ignoreStdin: true }),
  };
  static override flags = {
    ...seriesFlags,
    all: Flags.boolean({
      description: 'look at everything that can be used up (so it is without a series, on a terminal)',
    }),
    horizon: Flags.string({
      description: 'how far ahead: a span of time or steps (default: a tenth of the history; with --all 7d)',
      helpValue: '<6h>',
    }),
    coverage: Flags.string({
      description: 'share of future values that the interval is to hold (default: 0.95)',
      helpValue: '<0-1>',
    }),
    period: Flags.integer({ description: 'steps of a season (default: found)', min: 2, helpValue: '<n>' }),
    column: Flags.string({
      description: 'of a file: only this column',
      multiple: true,
      helpValue: '<name>',
    }),
    above: Flags.string({
      description: 'say when the values will reach this from below',
      helpValue: '<number>',
      exclusive: ['below'],
    }),
    below: Flags.string({ description: 'say when the values will fall to this', helpValue: '<number>' }),
    backtest: Flags.boolean({ description: 'say too how well earlier forecasts of this history would have done' }),
    predictions: Flags.boolean({
      description: 'list what was claimed before, and what came of it, the newest first (--json: NDJSON)',
    }),
    'exit-code': Flags.boolean({
      description: 'exit with 1 when the threshold, or the end of anything, is expected to be reached',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Forecast);
    const what = forecasting(args.file, flags, !process.stdin.isTTY);
    const why = misplaced(args.file, flags, what);
    if (why !== undefined) this.fail(cannotRun('forecast', why));
    const found =
      what === 'series'
        ? await this.ofStore(flags)
        : what === 'file'
          ? await this.ofFile(args.file, flags)
          : what === 'all'
            ? await this.ofAll(flags)
            : await this.earlier(flags);
    if (flags['exit-code'] && found) this.exit(exitCodes.findings);
  }

  private async ofStore(flags: ForecastFlags): Promise<boolean> {
    const { forecastStored } = await import('../engine/analyze/predict/forecast-stored.ts');
    const { renderStored, storedJson } = await import('../engine/analyze/predict/render-stored.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const { parseAttributes } = await import('../engine/search/conditions.ts');
    const work = Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis;
      const { service, operation, signal, metric, since, period, backtest } = flags;
      const ask = {
        service,
        operation,
        signal,
        metric,
        period,
        backtest,
        sinceMs: yield* readSince(since, nowMs),
        attributes: yield* parseAttributes(flags.attr ?? []),
        horizon: yield* readHorizon(flags.horizon),
        coverage: yield* readCoverage(flags),
        threshold: yield* readThreshold(flags),
      };
      return yield* forecastStored(ask, nowMs);
    });
    const forecast = await this.runQuery(work);
    this.print(flags.json ? JSON.stringify(storedJson(forecast)) : renderStored(forecast, terminalWidth()));
    for (const note of forecast.series.notes) this.note(note);
    return forecast.table.columns.some(({ crossing }) => crossing !== undefined && crossing.likely !== null);
  }

  private async ofFile(file: string | undefined, flags: ForecastFlags): Promise<boolean> {
    const { forecastTable, tooShortNotes } = await import('../engine/analyze/files/forecast-table.ts');
    const { forecastJson } = await import('../engine/analyze/files/forecast-json.ts');
    const { renderForecast } = await import('../engine/analyze/files/render-forecast.ts');
    const { inputOf } = await import('../engine/analyze/files/input-of.ts');
    const { notesOf } = await import('../engine/analyze/files/notes.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const work = Effect.gen(function* () {
      const coverage = yield* readCoverage(flags);
      const threshold = yield* readThreshold(flags);
      const horizon = yield* readHorizon(flags.horizon);
      const source = yield* inputOf(file, 'series');
      const { period, backtest, column: columns = [] } = flags;
      const ahead =
        horizon === undefined ? {} : 'ms' in horizon ? { horizonMs: horizon.ms } : { horizon: horizon.steps };
      return yield* forecastTable(source, { ...ahead, period, backtest, coverage, columns, threshold });
    });
    const forecast = await this.runEngine(work);
    this.print(flags.json ? JSON.stringify(forecastJson(forecast)) : renderForecast(forecast, terminalWidth()));
    for (const note of [...tooShortNotes(forecast), ...notesOf(forecast.series)]) this.note(note);
    return forecast.columns.some(({ crossing }) => crossing !== undefined && crossing.likely !== null);
  }

  private async ofAll(flags: ForecastFlags): Promise<boolean> {
    const { allOutlooks } = await import('../engine/analyze/predict/outlooks.ts');
    const { renderOutlooks } = await import('../engine/analyze/predict/render-outlooks.ts');
    const { resolvePaths } = await import('../engine/config/paths.ts');
    const { loadSettings } = await import('../engine/config/settings.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const { readDuration } = await import('./shared/range-flags.ts');
    const work = Effect.gen(function* () {
      const { analyze } = yield* loadSettings({}, process.env, resolvePaths(process.env), process.cwd());
      const horizonMs = yield* readDuration('--horizon', flags.horizon ?? '7d', '7d');
      return yield* allOutlooks(analyze.objectives, horizonMs ?? 0, yield* Clock.currentTimeMillis);
    });
    const outlooks = await this.runQuery(work);
    this.print(flags.json ? JSON.stringify(outlooks) : renderOutlooks(outlooks, terminalWidth()));
    return outlooks.pressing.some(({ verdict }) => verdict !== 'season' && verdict !== 'none');
  }

  private async earlier(flags: ForecastFlags): Promise<boolean> {
    const { readPredictions } = await import('../engine/analyze/predict/read-predictions.ts');
    const { mostListed, renderPredictions } = await import('../engine/analyze/predict/render-predictions.ts');
    const { terminalWidth } = await import('../engine/analyze/files/plot.ts');
    const predictions = await this.runQuery(readPredictions({ limit: mostListed }));
    if (flags.json) for (const prediction of predictions) this.print(JSON.stringify(prediction));
    else if (predictions.length > 0) this.print(renderPredictions(predictions, terminalWidth()));
    if (predictions.length === 0) this.note('Nothing was claimed yet: `obs up` does, every ten minutes.');
    if (predictions.length === mostListed) this.note(`The newest ${mostListed}; all are in obs_predictions.`);
    return false;
  }
}
