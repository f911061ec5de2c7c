import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import type { BadInput, ConfigInvalid } from '../engine/domain/errors.ts';
import { BaseCommand } from './shared/base-command.ts';

export default class Watch extends BaseCommand {
  static override summary = 'Live dashboard in the terminal: services, traces, logs, resources, anomalies.';
  static override description =
    'Without a terminal, or with --once, it prints one frame and ends. ? shows the keys; docs/watch.md tells the rest.';
  static override examples = [
    '<%= config.bin %> watch --role sre',
    '<%= config.bin %> watch --page logs --service checkout --since 1h',
    '<%= config.bin %> watch --page anomalies',
    '<%= config.bin %> watch --once --size 120x40 --page services --utc',
    '<%= config.bin %> watch --json --page traces | jq ".data.traces[0]"',
  ];
  static override flags = {
    role: Flags.string({
      description: 'what comes first, which columns, which thresholds: developer, sre, devops or one of your own',
      default: 'developer',
      env: 'OBS_ROLE',
      helpValue: '<name>',
    }),
    page: Flags.string({ description: 'start at services, traces, logs, resources or anomalies', helpValue: '<page>' }),
    service: Flags.string({ description: 'only this service; may be repeated', multiple: true, helpValue: '<name>' }),
    since: Flags.string({ description: 'time range that is shown', default: '15m', helpValue: '<15m>' }),
    interval: Flags.string({ description: 'time between two looks at the store', default: '1s', helpValue: '<1s>' }),
    once: Flags.boolean({ description: 'print one frame and end' }),
    size: Flags.string({ description: 'size of that frame', helpValue: '<100x30>' }),
    utc: Flags.boolean({ description: "show times in UTC in place of this machine's zone" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Watch);
    const [
      { checkFrameSize, readSettings },
      { chooseTheme },
      bridge,
      { resolvePaths },
      { readRunState },
      { QueryClient },
    ] = await Promise.all([
      import('../tui/options.ts'),
      import('../tui/theme.ts'),
      import('../tui/bridge.ts'),
      import('../engine/config/paths.ts'),
      import('../engine/daemon/run-state.ts'),
      import('../engine/store/query-client.ts'),
    ]);
    const { env, stdin, stdout, stderr } = process;
    const paths = resolvePaths(env);
    const isLive = stdin.isTTY && stdout.isTTY && !flags.once && !flags.json;
    const program = Effect.gen(function* () {
      const { intervalMs, ...settings } = yield* Effect.try({
        try: () => {
          const asked = { ...flags, page: flags.page, services: flags.service ?? [], size: flags.size };
          const read = readSettings(asked, paths.config, env, stdout);
          if (!isLive && !flags.json) checkFrameSize(read.size);
          return read;
        },
        catch: (error) => error as BadInput | ConfigInvalid,
      });
      const { endpoint } = yield* QueryClient;
      const otlpEndpoint = readRunState(paths)?.endpoints.otlpHttp ?? 'http://127.0.0.1:4318';
      const options = { ...settings, endpoint, otlpEndpoint };
      const theme = chooseTheme(env, flags['no-color']);
      if (isLive) return yield* Effect.scoped(bridge.watchLive(options, intervalMs, theme, { stdin, stdout, stderr }));
      return flags.json ? JSON.stringify(yield* bridge.watchData(options)) : yield* bridge.watchOnce(options, theme);
    });
    const result = await this.runQuery(program);
    if (typeof result === 'number') this.exit(result);
    this.print(result);
  }
}
