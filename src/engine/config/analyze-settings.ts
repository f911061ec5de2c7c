import { Effect, Schema } from 'effect';
import { ConfigInvalid } from '../domain/errors.ts';
import { anomalySeverities, type AnomalySeverity } from '../domain/anomaly.ts';
import { printable } from '../domain/printable.ts';
import { programWords } from '../domain/program-words.ts';

const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }));

/** What `obs.yaml` may say under `analyze`. Docs and defaults: docs/configuration.md. */
export const AnalyzeSection = Schema.Struct({
  enabled: Schema.optionalKey(Schema.Boolean),
  falseAlarmsPerWeek: Schema.optionalKey(Schema.Finite),
  series: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 1_000_000 }))),
  hooks: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        url: Schema.optionalKey(Schema.String),
        command: Schema.optionalKey(Schema.String),
        minSeverity: Schema.optionalKey(Schema.Literals(anomalySeverities)),
      }),
    ),
  ),
});

/** One objective of `slo` in `obs.yaml`. */
export const ObjectiveSection = Schema.Struct({
  name: Schema.String,
  service: Schema.String,
  operation: Schema.optionalKey(Schema.String),
  target: share,
  latencyMs: Schema.optionalKey(Schema.Finite),
  days: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 90 }))),
});

/** Told of incidents: an HTTP address that is posted JSON, or a program that gets it on standard input. */
export interface Hook {
  readonly kind: 'webhook' | 'command';
  readonly target: string;
  readonly minSeverity: AnomalySeverity;
}

/** Of all requests of a service (or one operation) a share of `target` is to be good over `days` days. */
export interface Objective {
  readonly name: string;
  readonly service: string;
  readonly operation: string | null;
  /** 0 to 1, e.g. 0.999. */
  readonly target: number;
  /** Good is: without an error and, where this is set, at most so many milliseconds long. */
  readonly latencyMs: number | null;
  readonly days: number;
}

export interface AnalyzeSettings {
  readonly enabled: boolean;
  /** False alarms that are accepted of one service in a week. */
  readonly falseAlarmsPerWeek: number;
  /** Series that are watched at most; the least busy are left out, and that is said. */
  readonly series: number;
  readonly hooks: readonly Hook[];
  readonly objectives: readonly Objective[];
}

export const defaultAnalyze: AnalyzeSettings = {
  enabled: true,
  falseAlarmsPerWeek: 1,
  series: 10_000,
  hooks: [],
  objectives: [],
};

/** @param source the file, for messages */
export const analyzeSettings = Effect.fnUntraced(function* (
  source: string,
  section: typeof AnalyzeSection.Type = {},
  slo: readonly (typeof ObjectiveSection.Type)[] = [],
): Effect.fn.Return<AnalyzeSettings, ConfigInvalid> {
  const invalid = (problem: string): ConfigInvalid => new ConfigInvalid({ source, problem });
  const rate = section.falseAlarmsPerWeek ?? defaultAnalyze.falseAlarmsPerWeek;
  if (!(rate >= 0.001 && rate <= 1000)) {
    return yield* invalid(`analyze.falseAlarmsPerWeek is ${rate}, and must be between 0.001 and 1000`);
  }
  const hooks: Hook[] = [];
  for (const { url, command, minSeverity = 'info' } of section.hooks ?? []) {
    if ((url === undefined) === (command === undefined)) {
      return yield* invalid('each of analyze.hooks has either a url or a command');
    }
    if (url !== undefined && !/^https?:\/\/[^\s]+$/.test(url)) {
      return yield* invalid(`"${url}" in analyze.hooks is no http or https URL`);
    }
    if (command !== undefined && programWords(command) === null) {
      return yield* invalid(`the command ${printable(command)} in analyze.hooks has no program, or an open quote`);
    }
    hooks.push({ kind: url === undefined ? 'command' : 'webhook', target: url ?? command ?? '', minSeverity });
  }
  const names = slo.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return yield* invalid(`slo has two objectives named "${twice}"`);
  const unreachable = slo.find(({ target }) => target <= 0 || target >= 1);
  if (unreachable !== undefined) {
    return yield* invalid(`the target of slo "${unreachable.name}" must lie between 0 and 1, such as 0.999`);
  }
  return {
    enabled: section.enabled ?? defaultAnalyze.enabled,
    falseAlarmsPerWeek: rate,
    series: section.series ?? defaultAnalyze.series,
    hooks,
    objectives: slo.map(({ operation = null, latencyMs = null, days = 30, ...objective }) => ({
      ...objective,
      operation,
      latencyMs,
      days,
    })),
  };
});
