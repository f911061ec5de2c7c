import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import { ensureToken } from '../engine/config/new-token.ts';
import { resolvePaths } from '../engine/config/paths.ts';
import { loadSettings, type SettingFlags } from '../engine/config/settings.ts';
import { checkServers } from '../engine/domain/messages.ts';
import { ignoredFlags } from '../engine/daemon/ignored-flags.ts';
import type { Launched } from '../engine/daemon/launch.ts';
import { BaseCommand } from './shared/base-command.ts';

const portFlag = { min: 0, max: 65_535, helpValue: '<port>' } as const;

export default class Up extends BaseCommand {
  static override summary = 'Start the backend: an embedded ClickHouse engine with OTLP receivers.';
  static override description =
    'Returns when every receiver and the query endpoint answer; a ClickHouse server that is away is not waited for, and said. When it runs already, says so and exits with 0: settings, files and flags are those of its start (JSON: alreadyRunning, ignored).';
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --otlp-grpc-port 0 --otlp-http-port 0 --query-port 0 --json',
    '<%= config.bin %> up --foreground',
    '<%= config.bin %> up --listen 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --new-token',
    '<%= config.bin %> up --clickhouse https://user:password@clickhouse.example:8443/otel',
  ];
  static override flags = {
    foreground: Flags.boolean({ description: 'stay in this terminal until Ctrl-C, for containers and supervisors' }),
    'otlp-grpc-port': Flags.integer({
      ...portFlag,
      description: 'port of the OTLP/gRPC receiver (4317; 0 = any free one)',
    }),
    'otlp-http-port': Flags.integer({
      ...portFlag,
      description: 'port of the OTLP/HTTP receiver (4318; 0 = any free one)',
    }),
    'query-port': Flags.integer({ ...portFlag, description: 'port of the query endpoint (8123; 0 = any free one)' }),
    listen: Flags.string({
      description: 'address to listen on (127.0.0.1); beyond loopback only with TLS and a token',
      helpValue: '<address>',
    }),
    'tls-cert': Flags.string({ description: 'certificate (with its chain) in PEM', helpValue: '<file>' }),
    'tls-key': Flags.string({ description: 'its private key in PEM', helpValue: '<file>' }),
    'tls-client-ca': Flags.string({
      description: 'ask senders and readers for a certificate of these authorities (PEM)',
      helpValue: '<file>',
    }),
    'token-file': Flags.string({ description: 'ask for a token of this file, one a line', helpValue: '<file>' }),
    'new-token': Flags.boolean({ description: 'make the token file (a random token) where there is none' }),
    clickhouse: Flags.string({
      description: 'use this ClickHouse server in place of the embedded engine; several with commas between',
      helpValue: '<url>',
    }),
    cluster: Flags.string({ description: "lay the tables over this cluster of the server's", helpValue: '<name>' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Up);
    const paths = resolvePaths(process.env);
    const tokenFile = flags['new-token']
      ? await this.runEngine(ensureToken(flags['token-file'], paths))
      : flags['token-file'];
    const settingFlags: SettingFlags = {
      otlpGrpcPort: flags['otlp-grpc-port'],
      otlpHttpPort: flags['otlp-http-port'],
      queryPort: flags['query-port'],
      clickhouse: flags.clickhouse,
      cluster: flags.cluster,
      listen: flags.listen,
      tlsCert: flags['tls-cert'],
      tlsKey: flags['tls-key'],
      tlsClientCa: flags['tls-client-ca'],
      tokenFile,
    };
    const show = ({ away, ...state }: Launched, ignored: readonly string[] = []): void => {
      const alreadyRunning = !state.startedByUs;
      this.print(
        flags.json
          ? JSON.stringify({ ready: away === null, away, ...state, alreadyRunning, ignored, access: undefined })
          : describe(state, state.secured ? tokenFile : undefined),
      );
      if (away !== null) {
        this.logToStderr(
          `Telemetry waits in the spool until ClickHouse answers.\n  Why:  ${away}\n  Next: ${checkServers}`,
        );
      }
    };
    if (!flags.foreground) {
      const { ensureDaemon } = await import('../engine/daemon/launch.ts');
      const launched = await this.runEngine(ensureDaemon(process.env, settingFlags));
      const ignored = launched.startedByUs ? [] : ignoredFlags(settingFlags, launched.endpoints);
      show(launched, ignored);
      if (ignored.length > 0) {
        this.logToStderr(`${ignored.join(', ')} ignored: obs runs already. To change it: obs down, then obs up`);
      }
      return;
    }
    process.umask(0o077);
    const { runDaemon } = await import('../engine/daemon/daemon.ts');
    const daemon = loadSettings(settingFlags, process.env, paths, process.cwd()).pipe(
      Effect.flatMap((settings) =>
        runDaemon(settings, paths, (state, away) => Effect.sync(() => show({ ...state, away, startedByUs: true }))),
      ),
    );
    await this.runUntilStopped(daemon);
  }
}

/** @param tokenFile where the token that senders need lies, if this command line named it */
function describe({ pid, startedByUs, endpoints }: Omit<Launched, 'away'>, tokenFile: string | undefined): string {
  const head = startedByUs ? `obs is up (pid ${pid})` : `obs is running already (pid ${pid})`;
  return `${head}

  OTLP/gRPC  ${endpoints.otlpGrpc}
  OTLP/HTTP  ${endpoints.otlpHttp}
  Query      ${endpoints.query}   (ClickHouse's HTTP interface, read-only)

Point an instrumented program at it:

  export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoints.otlpHttp}
  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${tokenFile === undefined ? '' : `\n  export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer $(head -n1 ${tokenFile})"`}

Then: obs watch · obs traces · obs explain --slowest · obs down`;
}
