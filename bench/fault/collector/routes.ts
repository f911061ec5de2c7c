import { createServer } from 'node:net';

/** One way from the sender through the Collector to obs; its name is the service of all rows that go this way. */
export interface Route {
  readonly name: string;
  readonly protocol: 'grpc' | 'http';
  readonly compression: 'gzip' | 'zstd';
  /** Whether the sending queue is kept in files. */
  readonly onDisk: boolean;
  /** Of the Collector's receiver for this route. */
  readonly port: number;
}

/** Both exporters, both compressions, both kinds of queue. */
export async function allRoutes(): Promise<readonly Route[]> {
  const ways = [
    { protocol: 'grpc', compression: 'gzip', onDisk: true },
    { protocol: 'grpc', compression: 'zstd', onDisk: false },
    { protocol: 'http', compression: 'gzip', onDisk: false },
    { protocol: 'http', compression: 'zstd', onDisk: true },
  ] as const;
  const ports = await freePorts(ways.length);
  return ways.map((way, index) => ({
    ...way,
    name: `${way.protocol}-${way.compression}-${way.onDisk ? 'file' : 'memory'}`,
    port: ports[index]!,
  }));
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
