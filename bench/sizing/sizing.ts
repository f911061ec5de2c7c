/** What was measured, on a machine of two cores; each with the command that measures it. */
export interface Figures {
  /** `npm run bench:ingest`: spans per CPU-second, socket to queryable, of the whole daemon. */
  readonly spansPerCpuSecond: number;
  /** The same run: the part of that CPU that receiving, decoding and syncing take; the rest is inserts, rollups and merges. */
  readonly receivingShare: number;
  /** `npm run bench:storage`: bytes of a merged span on disk, rollups and the table of trace times among them. */
  readonly bytesPerSpan: number;
  /** `npm run bench:decode`: bytes of a span in a segment, which are written and synced once. */
  readonly segmentBytesPerSpan: number;
  /** `npm run bench:ingest -- --only memory`: of both processes, in MB of 10^6 bytes, at rest and at most at the top rate. */
  readonly idleMemoryMb: number;
  readonly highestMemoryMb: number;
  /** `npm run bench:decode`: bytes of a span in an OTLP request, uncompressed. */
  readonly wireBytesPerSpan: number;
}

/** What the plan leaves free, and what it assumes. */
export const assumptions = {
  /** Of the CPU, so that a burst, a merge of a large part and the queries find room. */
  cpuUse: 0.5,
  /** Of the disk. */
  diskUse: 0.7,
  retentionDays: 7,
  replicas: 2,
  coresOfServer: 16,
  /** What one server should hold: more take days to fetch again when a replica is lost. */
  diskBytesOfServer: 20e12,
  /** Times that a row is written after its segment: the insert, and about four levels of merges. */
  writesPerRow: 5,
} as const;

export const rates = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

export interface Plan {
  readonly spansPerSecond: number;
  /** `embedded`: one machine with everything. `cluster`: gateways before a ClickHouse cluster. */
  readonly kind: 'embedded' | 'cluster';
  /** Cores of the one machine, or of a gateway or server. */
  readonly cores: number;
  readonly gateways: number;
  readonly shards: number;
  /** Of the one machine, or of each server. */
  readonly diskBytes: number;
  readonly diskBytesPerSecond: number;
  /** Of the one machine, or of each gateway. */
  readonly networkBytesPerSecond: number;
}

/** The machines for a rate, by proportion from the measured figures: nothing here was run at more than one machine's rate. */
export function plan(spansPerSecond: number, figures: Figures): Plan {
  const { cpuUse, retentionDays, diskUse, writesPerRow, coresOfServer, diskBytesOfServer } = assumptions;
  const cpu = spansPerSecond / figures.spansPerCpuSecond / cpuUse;
  const stored = (spansPerSecond * 86_400 * retentionDays * figures.bytesPerSpan) / diskUse;
  const inserted = figures.bytesPerSpan * writesPerRow;
  // A daemon receives and decodes on one thread: that is what a second daemon is needed for.
  const daemons = Math.ceil(cpu * figures.receivingShare);
  if (daemons === 1) {
    return {
      spansPerSecond,
      kind: 'embedded',
      cores: Math.max(2, 2 ** Math.ceil(Math.log2(cpu))),
      gateways: 0,
      shards: 0,
      diskBytes: stored,
      diskBytesPerSecond: spansPerSecond * (figures.segmentBytesPerSpan + inserted),
      networkBytesPerSecond: spansPerSecond * figures.wireBytesPerSpan,
    };
  }
  // As many as the busier of the two asks for: the CPU of inserts and merges, or the disk.
  const shards = Math.ceil(Math.max((cpu * (1 - figures.receivingShare)) / coresOfServer, stored / diskBytesOfServer));
  return {
    spansPerSecond,
    kind: 'cluster',
    cores: coresOfServer,
    gateways: daemons,
    shards,
    diskBytes: stored / shards,
    diskBytesPerSecond: (spansPerSecond * inserted) / shards,
    networkBytesPerSecond: (spansPerSecond * figures.wireBytesPerSpan) / daemons,
  };
}

/** The table of docs/sizing.md. */
export function sizingTable(rates: readonly number[], figures: Figures): string {
  const head = [
    '| spans per second | what | CPU | disk for 7 days | written to it | OTLP in |',
    '|---:|---|---|---:|---:|---:|',
  ];
  const lines = rates.map((rate) => {
    const sized = plan(rate, figures);
    const what =
      sized.kind === 'embedded'
        ? 'one machine, embedded engine'
        : `${sized.gateways} gateways of 2 cores, ${sized.shards} shard${sized.shards === 1 ? '' : 's'} of ${assumptions.replicas} replicas`;
    const each = sized.kind === 'embedded' ? '' : ' each';
    return `| ${rate.toLocaleString('en')} | ${what} | ${sized.cores} cores${each === '' ? '' : ' a server'} | ${bytes(sized.diskBytes)}${each === '' ? '' : ' a server'} | ${bytes(sized.diskBytesPerSecond)}/s${each === '' ? '' : ' a server'} | ${bytes(sized.networkBytesPerSecond)}/s${each === '' ? '' : ' a gateway'} |`;
  });
  return [...head, ...lines].join('\n');
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(value) / 3)));
  const scaled = value / 1000 ** power;
  return `${scaled.toFixed(scaled >= 100 ? 0 : 1)} ${units[power]}`;
}
