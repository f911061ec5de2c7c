/**
 * Table functions that make rows from nothing or from the query's own text. All others read files, reach out to the
 * network or run programs, or can be told to.
 */
export const allowedTableFunctions: ReadonlySet<string> = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generateSeries',
  'generate_series',
  'generateRandom',
  'values',
  'SQLStandardValues',
  'null',
  'view',
]);

/** Tables of `system` that describe the schema and the engine's load. None of them holds a secret or reaches outside. */
export const allowedSystemTables: ReadonlySet<string> = new Set([
  'aggregate_function_combinators',
  'asynchronous_metrics',
  'build_options',
  'collations',
  'columns',
  'contributors',
  'data_skipping_indices',
  'data_type_families',
  'databases',
  'errors',
  'events',
  'formats',
  'functions',
  'keywords',
  'licenses',
  'merges',
  'metrics',
  'mutations',
  'numbers',
  'numbers_mt',
  'one',
  'parts',
  'parts_columns',
  'processes',
  'projections',
  'settings',
  'table_engines',
  'table_functions',
  'tables',
  'time_zones',
  'zeros',
  'zeros_mt',
]);

/**
 * Functions that read files, open connections, read other tables by a name in a string, tell what is on the machine,
 * or hold a thread without work. The lists were made by reading all 1,825 functions of ClickHouse 26.7; a test fails
 * when the engine brings one that was not read.
 */
const deniedFunctions: ReadonlySet<string> = new Set(
  [
    // files
    ['file', 'filesystemAvailable', 'filesystemCapacity', 'filesystemUnreserved', 'catboostEvaluate', 'evalMLMethod'],
    ['naiveBayesClassifier', 'naiveBayesClassifierWithProb', 'naiveBayesClassifierWithAllProbs', 'modelEvaluate'],
    ['lemmatize', 'stem', 'synonyms', 'showCertificate'],
    // network
    ['hasColumnInTable', 'reverseDNSQuery', 'getClientHTTPHeader', 'zookeeperSessionUptime', 'generateSerialID'],
    // tables named in a string
    ['joinGet', 'joinGetOrNull'],
    // what is on the machine, and the engine's own memory
    ['getMacro', 'getServerSetting', 'getServerPort', 'tcpPort', 'getOSKernelVersion', 'FQDN', 'fullHostName'],
    ['addressToLine', 'addressToLineWithInlines', 'addressToSymbol', 'demangle', 'logTrace', 'buildId'],
    // time without work
    ['sleep', 'sleepEachRow'],
  ]
    .flat()
    .map((name) => name.toLowerCase()),
);

/** Dictionaries (which may lie on other servers), the old geobase, calls to language models, and the engine's inner functions. */
const deniedFamilies = /^(?:dict|region(?:to|in$|hierarchy$)|ai|zookeeper|keeper|__)/;

export function isDeniedFunction(name: string): boolean {
  const lower = name.toLowerCase();
  return deniedFunctions.has(lower) || deniedFamilies.test(lower);
}

/** `IN` and its relatives: what stands on their right may be the name of a table. */
export const inFunctions: ReadonlySet<string> = new Set(
  ['in', 'nullIn', 'notIn', 'notNullIn', 'globalIn', 'globalNullIn', 'globalNotIn', 'globalNotNullIn'].flatMap(
    (name) => [name.toLowerCase(), `${name}IgnoreSet`.toLowerCase()],
  ),
);

/** Formats of answers that are only bytes: no schema file, no wire protocol, no template. */
const formatFamilies =
  /^(?:(?:TabSeparated|TSV)(?:Raw)?(?:WithNames|WithNamesAndTypes)?|CSV(?:WithNames|WithNamesAndTypes)?|JSON(?:Compact)?(?:Strings)?(?:EachRow)?(?:WithNames|WithNamesAndTypes|WithProgress)?|JSON(?:Lines|L|Columns|CompactColumns|ColumnsWithMetadata|ObjectEachRow)|NDJSON|PrettyJSONEachRow|PrettyJSONLines|PrettyNDJSON|Pretty(?:Compact|Space)?(?:NoEscapes)?(?:MonoBlock)?|Vertical|Values|TSKV|XML|Markdown|MD|SQLInsert|LineAsString(?:WithNames|WithNamesAndTypes)?|Raw(?:BLOB|WithNames|WithNamesAndTypes)?|RowBinary(?:WithNames|WithNamesAndTypes)?|Native|Parquet|Arrow|ArrowStream|ORC|Avro|BSONEachRow|MsgPack|Npy|Null|Buffers|GeoJSON|Hash|Prometheus|CustomSeparated(?:WithNames|WithNamesAndTypes)?)$/i;

export function isAllowedFormat(name: string): boolean {
  return formatFamilies.test(name);
}
