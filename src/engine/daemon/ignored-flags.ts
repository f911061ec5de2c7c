import type { SettingFlags } from '../config/settings.ts';
import type { Endpoints } from './run-state.ts';

/** The flags of `obs up` that a daemon which runs already does not follow; a port that it has anyway is none of them. */
export function ignoredFlags(flags: SettingFlags, endpoints: Endpoints): readonly string[] {
  const differs = (wanted: number | undefined, url: string): boolean =>
    wanted !== undefined && wanted !== 0 && wanted !== Number(new URL(url).port);
  return [
    ...(differs(flags.otlpGrpcPort, endpoints.otlpGrpc) ? ['--otlp-grpc-port'] : []),
    ...(differs(flags.otlpHttpPort, endpoints.otlpHttp) ? ['--otlp-http-port'] : []),
    ...(differs(flags.queryPort, endpoints.query) ? ['--query-port'] : []),
    ...(flags.clickhouse === undefined ? [] : ['--clickhouse']),
    ...(flags.cluster === undefined ? [] : ['--cluster']),
    ...(flags.listen === undefined ? [] : ['--listen']),
    ...([flags.tlsCert, flags.tlsKey, flags.tlsClientCa].some((file) => file !== undefined) ? ['--tls-…'] : []),
    ...(flags.tokenFile === undefined ? [] : ['--token-file']),
  ];
}
