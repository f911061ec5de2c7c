import { analyzerLimits } from './analyzer-limits.ts';
import { hookLimits, incidentLimits } from './incident-limits.ts';

/**
 * Every limit that obs enforces, by name and in one place. Bytes, counts and milliseconds as the names say.
 * A limit is never hit silently: whoever enforces one answers with it, counts it, or marks the row.
 */
export const limits = {
  receive: {
    /** After decompression, as the Collector's default `max_request_body_size` is for gRPC and HTTP alike. */
    bodyBytes: 64 * 1024 * 1024,
    /** Compressed bytes that one request may send before it is cut off. */
    compressedBodyBytes: 64 * 1024 * 1024,
    /** Beyond this size a body that grew more than `bombRatio` times by decompression is refused as a bomb. */
    bombBytes: 16 * 1024 * 1024,
    bombRatio: 500,
    /** Decoded bodies that may be in memory at once; requests beyond wait, then get 503. */
    inFlightBytes: 256 * 1024 * 1024,
    /** Memory of finished bodies that is kept for the next ones. */
    keptBodyBytes: 16 * 1024 * 1024,
    connections: 1024,
    headerMs: 10_000,
    requestMs: 60_000,
    keepAliveMs: 65_000,
    grpcStreamsPerConnection: 256,
    /** HTTP/2 flow control: bytes a sender may have under way in one stream, and in one connection. */
    grpcStreamWindowBytes: 4 * 1024 * 1024,
    grpcConnectionWindowBytes: 16 * 1024 * 1024,
    /** How long a request waits for room under `inFlightBytes` before it is told to come again. */
    inFlightWaitMs: 5_000,
    /** Body bytes of a refused request that are read and thrown away, so that its sender gets to read the answer. */
    discardedBodyBytes: 64 * 1024 * 1024,
    /** How long a stopping receiver waits for the requests under way. */
    stopMs: 10_000,
    /** Requests that are remembered to know them again, and for how long: the Collector gives up after 5 min too. */
    repeatsKnown: 65_536,
    repeatsMs: 300_000,
    /** Text in an answer (partial success, error): longer ones are cut. */
    answerTextBytes: 1024,
    /** Distinct reasons that are counted by name; the rest are counted together as `other`. */
    countedReasons: 64,
  },
  access: {
    /** The shortest token that is taken. */
    tokenCharacters: 16,
    /** Tokens that may be valid at once. */
    tokens: 16,
    /** How often certificate and token files are looked at. */
    fileCheckMs: 500,
    /** How long before its end a certificate is warned of. */
    certificateWarningMs: 14 * 24 * 3600 * 1000,
  },
  otlp: {
    /** Nesting of `AnyValue`; the protobuf libraries of most languages stop at 100 as well. */
    nestingDepth: 64,
    attributesPerRecord: 512,
    attributeKeyBytes: 1024,
    attributeValueBytes: 64 * 1024,
    bodyTextBytes: 256 * 1024,
    /** Metadata of a metric, entity references of a resource: kept as they came, for exports. */
    keptFieldBytes: 16 * 1024,
    eventsPerSpan: 1024,
    linksPerSpan: 1024,
    bucketsPerHistogram: 4096,
    exemplarsPerPoint: 256,
    /**
     * What one request may become in column bytes. Each row repeats its resource and scope, so that a few megabytes of
     * resource over many small items would otherwise become gigabytes; items beyond it are rejected.
     */
    rowBytesPerRequest: 512 * 1024 * 1024,
    /**
     * Days (UTC) that the items of one request may lie on. Each is a partition of every table that they reach, so a small
     * request over a thousand days would be minutes of work; items on further days are rejected.
     */
    daysPerRequest: 64,
    /** A record's own time must lie after this (2000-01-01) … */
    earliestUnixMs: 946_684_800_000,
    /** … and not further ahead of the receiver's clock than this. */
    futureToleranceMs: 24 * 3600 * 1000,
  },
  spool: {
    segmentBytes: 64 * 1024 * 1024,
    segmentAgeMs: 500,
    /** One that has this much by then is open for as long as this: fewer and larger segments are fewer merges. */
    busySegmentBytes: 4 * 1024 * 1024,
    busySegmentAgeMs: 1000,
    /** Days (UTC) of the rows of one segment, hence of one insert. At least twice `otlp.daysPerRequest`. */
    segmentDays: 128,
    /** A segment that has waited longer than this is warned of. */
    slowLoadMs: 30_000,
    /** Acknowledged but not yet loaded. Beyond it senders get a retryable answer. */
    diskBytes: 2 * 1024 * 1024 * 1024,
    freeDiskBytes: 256 * 1024 * 1024,
    /** Rows that wait for one group commit, at most, before a block is cut. */
    blockRows: 65_536,
    /** Payload bytes of the same: buffers that are given up and made anew cost more than blocks of this size. */
    blockBytes: 4 * 1024 * 1024,
    /** Payload bytes that may wait for one group commit; beyond it senders get a retryable answer. */
    waitingBytes: 128 * 1024 * 1024,
    /** What `Retry-After` says when the spool is full. */
    retryAfterMs: 1000,
    /** How old the last look at the disk's free space may be. */
    freeDiskCheckMs: 1000,
    /** How often the loader looks for closed segments, and the spool for loaded ones. */
    pollMs: 200,
    /** Segments that waited longer than this, and those of a former process, have their checksums looked at once more. */
    checkAfterMs: 10_000,
    /** Wait between two tries to load a segment: doubles from the first to the last. */
    loadRetryMs: 100,
    loadRetryMaxMs: 5000,
    /** Tries in a row before the segments behind a failing one get their turn. */
    loadTries: 5,
    /** Unfinished writes of killed processes that are kept to look at, newest first. */
    tornTailsKept: 16,
  },
  archive: {
    /** Requests that wait to be compressed; beyond it the archive leaves requests out, and counts them. */
    memoryBytes: 32 * 1024 * 1024,
    /** Requests are compressed together up to this size. */
    batchBytes: 1024 * 1024,
    /** How old a batch may get before it is compressed and written, and written bytes before they are synced. */
    flushMs: 200,
    syncMs: 1000,
    /** The archive gives way before the spool has to refuse senders. */
    freeDiskBytes: 512 * 1024 * 1024,
    /** Level 3 makes objects a few percent smaller, for twice the CPU. */
    compressionLevel: 1,
    /** What a frame may say that it holds: a request of the largest size, with room for its record's head. */
    frameContentBytes: 128 * 1024 * 1024,
    /** An hour's objects are closed this long after its end: requests under way then belong to it. */
    hourGraceMs: 5000,
    /** Between two tries to upload: doubles from the first to the last. */
    retryMs: 1000,
    retryMaxMs: 60_000,
    connectMs: 5000,
    /** Without a byte coming or going. */
    silenceMs: 60_000,
    /** The same for a command that somebody waits for. */
    commandSilenceMs: 5000,
    /** Content of records that a replay compares with the store at once. */
    replayBatchBytes: 192 * 1024 * 1024,
    replayBatchRows: 400_000,
    /** Identities that a replay asks the store for in one query. */
    replayStoredRows: 500_000,
    /** Of one Parquet file: an answer of the query endpoint, which bounds its bytes too. */
    parquetRows: 250_000,
  },
  daemonLog: {
    /** The log is cut at this size; as much again is kept beside it. */
    bytes: 8 * 1024 * 1024,
    lookMs: 60_000,
  },
  query: {
    resultRows: 1_000_000,
    resultBytes: 256 * 1024 * 1024,
    timeMs: 30_000,
    maxTimeMs: 300_000,
    memoryBytes: 2 * 1024 * 1024 * 1024,
    sqlBytes: 256 * 1024,
    /** Elements that `range()` may make in one block: functions over them are not interrupted. ClickHouse has 500 M. */
    rangeElements: 10_000_000,
    /** A statement that still runs so long after it was killed is ended with its engine process, which is started again. */
    stuckMs: 10_000,
    concurrent: 8,
    /** Queries that may wait for their turn; one more is answered with 503. */
    waiting: 64,
    /** Answers that several requests may share (`use_query_cache`): how many, their bytes, and for how long at most. */
    sharedAnswers: 256,
    sharedBytes: 32 * 1024 * 1024,
    sharedMs: 600_000,
  },
  transfer: {
    /** Rows that an export asks for at once: an answer of the query endpoint, which bounds its bytes too. */
    pageRows: 50_000,
  },
  tasks: {
    /** A task travels in a URL (daemon/ask-running.ts), and Node's server reads 16 KiB of URL and headers. */
    urlBytes: 14 * 1024,
  },
  migration: {
    /** How long a gateway waits for another that changes the tables, and after which that one is taken for dead. */
    lockMs: 10 * 60_000,
    lockPollMs: 500,
  },
  remote: {
    /** How long a start waits for the servers to answer, or to refuse, before it goes on without them. */
    firstAnswerMs: 5000,
    /** Between two tries to open the store on servers that are away: doubles from the first to the last. */
    retryMs: 200,
    retryMaxMs: 5000,
    /** How long a status waits for what the store says of itself. */
    lookMs: 1500,
  },
  ...analyzerLimits,
  incidents: incidentLimits,
  hooks: hookLimits,
  explain: {
    spansPerTrace: 50_000,
    logsPerTrace: 1000,
    historyMs: 24 * 3600 * 1000,
    /** Operations of one trace whose history is looked up, those on the critical path first. */
    operations: 300,
    /** Recent trace ids among which near ones to an unknown id are looked for. */
    nearAmong: 5000,
    /** Requests of a trace's root operation whose attributes are compared, spans among which they are found, and minutes. */
    rootRequests: 1000,
    rootRequestSpans: 100_000,
    rootRequestsMs: 15 * 60_000,
    /** Spans of a side whose attributes are compared; of more, a sample of traces. */
    attributeSpans: 20_000,
    /** Spans of other services in these traces, of a side. */
    attributeRelatedSpans: 60_000,
    /** Trace ids that one statement compares with others. */
    attributeTraceIds: 500,
    /** Attributes with more are not compared: nobody asks for the value of one. */
    attributeValueBytes: 512,
    attributeKeyBytes: 256,
    /** Attribute names that are compared, the most frequent first. */
    attributeKeys: 2000,
    /** Answers that are kept so that `obs evidence` finds theirs again, and their bytes. */
    keptAnswers: 200,
    keptBytes: 20 * 1024 * 1024,
    /** Of a range: operations whose totals are compared, and those of them whose windows are read. */
    rangeOperations: 5000,
    rangeWindowed: 60,
    /** Of a range: how much of the time before it is usual, when nothing else was said. */
    usualMs: 30 * 60_000,
    /** Of a range: traces that are looked into one by one, bad ones and usual ones. */
    badTraces: 6,
    usualTraces: 3,
    /** Of a range: spans among which the calls between services are found. */
    edgeSpans: 30_000,
    /** Traces of a side of a comparison, and spans of all of them. */
    sideTraces: 200,
    /** Ids of traces that were given beyond these, which are not to count among the others. */
    leftOutTraces: 3000,
    sideSpans: 20_000,
    /** Spans of one window whose records are compared; of more a sample of traces is read. Older windows beside it. */
    recordSpans: 8000,
    recordWindows: 6,
  },
  assert: {
    /** Of one assertion: its text, how deep parentheses and `not` nest, and how many there are in one run. */
    characters: 10_000,
    depth: 100,
    assertions: 500,
    /** Different terms in one run: each is a statement at most. */
    terms: 100,
    /** Spans in the time range up to which the spans themselves are read; the rollups beyond. */
    exactSpans: 2_000_000,
    /** Operations of the time range that names are looked up in, those with the most spans first. */
    operations: 20_000,
    /** Comparisons that did not hold that are looked into, traces of each, and traces that are explained in all. */
    lookedInto: 5,
    tracesOfEach: 2,
    tracesExplained: 6,
  },
  /** What one look of `obs watch` brings at most. */
  watch: {
    traces: 200,
    /** Spans among which the traces of a list are found. */
    spansSearched: 5000,
    /** More make no readable waterfall; the rest is counted, and `obs explain` reads it. */
    spansPerTrace: 5000,
    errorGroups: 100,
    logs: 400,
    bodyCharacters: 4000,
    operations: 300,
    instances: 2000,
    incidents: 100,
    anomalies: 300,
    predictions: 100,
    /** Windows of a series around an anomaly. */
    windows: 1000,
    /** Incidents and claims that began longer ago are not looked for, open or not. */
    openForMs: 31 * 24 * 3600 * 1000,
  },
} as const;

export type Limits = typeof limits;
