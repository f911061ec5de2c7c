import { limits } from '../../domain/limits.ts';
import { quoteText } from '../../store/sql-text.ts';
import { moment, textList } from '../sql.ts';
import { unixNs, type Population } from './population.ts';
import type { TriedValue } from './tried-value.ts';

/** What is read: two populations, perhaps a sample of their traces, and services whose spans of those traces count too. */
export interface Reading {
  readonly bad: Population;
  readonly good: Population;
  readonly alsoSpansOf: readonly string[];
  /** Of so many in `sampleOf` traces of a side the hash is low enough. */
  readonly badOf: number;
  readonly goodOf: number;
}

export const sampleOf = 65_536;

/** Spans of other services may begin so long before and after those of the population. */
const marginMs = 60_000;

/** The same traces whenever it is asked, and whichever span of them is looked at. */
export function sampled({ where }: Population, of: number): string {
  return of >= sampleOf ? `(${where})` : `(${where}) AND cityHash64(TraceId) % ${sampleOf} < ${of}`;
}

/** Spans of both sides, and by how many services and operations they are. */
export function sizesSql({ bad, good }: Reading): string {
  const side = (name: string, { where }: Population): string =>
    `SELECT '${name}' AS side, count() AS spans, min(ServiceName) AS service, max(ServiceName) AS last_service,
  min(SpanName) AS operation, max(SpanName) AS last_operation
FROM otel_traces WHERE ${where}`;
  return `${side('bad', bad)}\nUNION ALL\n${side('good', good)}`;
}

/** How many spans of the other services lie in the traces of both sides. */
export function relatedSizesSql(reading: Reading): string {
  return `WITH ${sides(reading)}
SELECT countIf(TraceId IN (SELECT TraceId FROM bad)) AS bad_spans, countIf(TraceId IN (SELECT TraceId FROM good)) AS good_spans
FROM otel_traces WHERE ${relatedWhere(reading)}`;
}

/** Distinct values of a key that are listed, those first that lie further apart. */
const valuesPerKey = 20;
/** Beyond so many distinct numbers thresholds are looked at, at these quantiles of the good. */
const numbersBeforeThresholds = 12;
const quantiles = '0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99';

/**
 * A row for every attribute key: how many values it has, the values that are commoner among the bad with their counts of
 * requests, and for numbers how many requests lie beyond thresholds (more than there are where a request has several).
 * `fewest`: requests that a value must have to be worth a test.
 */
export function valuesSql(
  reading: Reading,
  fewest: number,
  sizes: { readonly bad: number; readonly good: number },
): string {
  const own = ['SpanAttributes', 'ResourceAttributes'].flatMap((map) => [
    pairsOf(`'' AS place`, map, '1 AS in_bad, 0 AS in_good', 'FROM bad', ''),
    pairsOf(`'' AS place`, map, '0 AS in_bad, 1 AS in_good', 'FROM good', ''),
  ]);
  const flags = 'TraceId IN (SELECT TraceId FROM bad) AS in_bad, TraceId IN (SELECT TraceId FROM good) AS in_good';
  const related = ['SpanAttributes', 'ResourceAttributes'].map((map) =>
    pairsOf('ServiceName AS place', map, flags, 'FROM otel_traces', `WHERE ${relatedWhere(reading)}`),
  );
  const parts = [...own, ...(reading.alsoSpansOf.length === 0 ? [] : related)];
  const { attributeValueBytes, attributeKeyBytes, attributeKeys } = limits.explain;
  return `WITH ${sides(reading)}
SELECT place, origin, key, distinct_values, tried, bad_sum + good_sum AS occurrences, commonest, top, thresholds FROM (
  SELECT place, origin, key, count() AS distinct_values, countIf(bad + good >= ${fewest}) AS tried,
    sum(bad) AS bad_sum, sum(good) AS good_sum, max(bad + good) AS commonest,
    arraySlice(arraySort(v -> (v.2 * ${-sizes.good} + v.3 * ${sizes.bad}, v.1), groupArrayIf((value, toInt64(bad), toInt64(good)),
      bad >= ${fewest} AND bad * ${sizes.good} > good * ${sizes.bad})), 1, ${valuesPerKey}) AS top,
    groupArrayIf((number, bad, good), isFinite(number)) AS numbers,
    quantilesExactWeightedIf(${quantiles})(number, good, isFinite(number)) AS cuts,
    if(length(numbers) > ${numbersBeforeThresholds} AND length(numbers) >= 0.9 * distinct_values AND good_sum > 0,
      arrayMap(c -> (c, arraySum(n -> if(n.1 > c, n.2, 0), numbers), arraySum(n -> if(n.1 > c, n.3, 0), numbers),
        arraySum(n -> if(n.1 < c, n.2, 0), numbers), arraySum(n -> if(n.1 < c, n.3, 0), numbers)),
        arrayDistinct(arrayFilter(c -> isFinite(c), cuts))), []) AS thresholds
  FROM (
    SELECT place, origin, key, value, uniqExactIf(TraceId, in_bad) AS bad, uniqExactIf(TraceId, in_good) AS good,
      ifNull(toFloat64OrNull(value), nan) AS number
    FROM (
${parts.join('\n      UNION ALL\n')}
    )
    GROUP BY place, origin, key, value
  )
  WHERE length(value) BETWEEN 1 AND ${attributeValueBytes} AND length(key) BETWEEN 1 AND ${attributeKeyBytes}
    AND isValidUTF8(value) AND isValidUTF8(key) AND position(value, '\\0') = 0 AND position(key, '\\0') = 0
  GROUP BY place, origin, key
)
WHERE tried > 0 OR notEmpty(thresholds)
ORDER BY occurrences DESC, place, origin, key LIMIT ${attributeKeys}`;
}

const pairsOf = (place: string, map: string, flags: string, from: string, where: string): string =>
  `      SELECT ${place}, '${originOf(map)}' AS origin, key, value, TraceId, ${flags}
      ${from} ARRAY JOIN mapKeys(${map}) AS key, mapValues(${map}) AS value ${where}`;

const originOf = (map: string): string => (map === 'SpanAttributes' ? 'span' : 'resource');

/** How many requests of each side have which of up to 30 values: bit n of `mask` is set where a request has the nth. */
export function masksSql(reading: Reading, values: readonly TriedValue[]): string {
  const own = bitsOf(values, '');
  const related = values.some(({ place }) => place !== '');
  const side = (name: 'bad' | 'good'): string => {
    const spans = `SELECT TraceId, groupBitOr(toUInt32(${own})) AS own FROM ${name} GROUP BY TraceId`;
    return related
      ? `  SELECT '${name}' AS side, bitOr(own, other) AS mask FROM (${spans}) AS spans LEFT JOIN others ON spans.TraceId = others.TraceId`
      : `  SELECT '${name}' AS side, own AS mask FROM (${spans})`;
  };
  const others = related
    ? `, others AS (SELECT TraceId, groupBitOr(toUInt32(${[...new Set(values.map(({ place }) => place))]
        .filter((place) => place !== '')
        .map((place) => `if(ServiceName = ${quoteText(place)}, ${bitsOf(values, place)}, 0)`)
        .join(' + ')})) AS other
  FROM otel_traces WHERE ${relatedWhere(reading)} GROUP BY TraceId)`
    : '';
  return `WITH ${sides(reading)}${others}
SELECT side, mask, count() AS requests FROM (
${side('bad')}
  UNION ALL
${side('good')}
)
GROUP BY side, mask ORDER BY side, mask LIMIT 100000`;
}

/** Bits of all the values that spans of a place may have, as a sum; one look into the map for all values of a key. */
function bitsOf(values: readonly TriedValue[], place: string): string {
  const terms: string[] = [];
  const equal = new Map<string, { readonly texts: string[]; readonly bits: number[] }>();
  for (const [at, value] of values.entries()) {
    if (value.place !== place) continue;
    const bit = 2 ** at;
    if (value.comparison === '=') {
      const name = attributeSql(value);
      const same = equal.get(name) ?? { texts: [], bits: [] };
      equal.set(name, same);
      same.texts.push(value.value);
      same.bits.push(bit);
    } else terms.push(`if(${conditionSql(value)}, ${bit}, 0)`);
  }
  for (const [name, { texts, bits }] of equal) {
    terms.push(
      texts.length === 1
        ? `if(${name} = ${quoteText(texts[0]!)}, ${bits[0]!}, 0)`
        : `transform(${name}, [${texts.map(quoteText).join(', ')}], [${bits.join(', ')}], 0)`,
    );
  }
  return terms.length === 0 ? '0' : terms.join(' + ');
}

const attributeSql = ({ key, origin }: Pick<TriedValue, 'key' | 'origin'>): string =>
  `${origin === 'span' ? 'SpanAttributes' : 'ResourceAttributes'}[${quoteText(key)}]`;

export function conditionSql(value: TriedValue): string {
  const name = attributeSql(value);
  return value.comparison === '='
    ? `${name} = ${quoteText(value.value)}`
    : `ifNull(toFloat64OrNull(${name}) ${value.comparison} ${value.value}, 0)`;
}

/** Requests of both sides, those that have all the values, and ids of the first three that do. */
export function splitSql(reading: Reading, values: readonly TriedValue[]): string {
  const conditions = values.map((value) =>
    value.place === ''
      ? `max(${conditionSql(value)})`
      : `TraceId IN (SELECT TraceId FROM otel_traces WHERE ServiceName = ${quoteText(value.place)} AND ${nearTime(reading)} AND ${conditionSql(value)})`,
  );
  const side = (name: string, where: string): string =>
    `  SELECT '${name}' AS side, TraceId, ${conditions.join('\n    AND ')} AS has
  FROM otel_traces WHERE ${where}
  GROUP BY TraceId`;
  return `SELECT side, count() AS requests, countIf(has) AS with_values,
  arraySlice(arraySort(groupArrayIf(TraceId, has)), 1, 3) AS traces_with_values
FROM (
${side('bad', sampled(reading.bad, reading.badOf))}
  UNION ALL
${side('good', sampled(reading.good, reading.goodOf))}
)
GROUP BY side ORDER BY side LIMIT 2`;
}

const sides = ({ bad, good, badOf, goodOf }: Reading): string =>
  `bad AS (SELECT TraceId, SpanAttributes, ResourceAttributes FROM otel_traces WHERE ${sampled(bad, badOf)}),
good AS (SELECT TraceId, SpanAttributes, ResourceAttributes FROM otel_traces WHERE ${sampled(good, goodOf)})`;

const relatedWhere = (reading: Reading): string =>
  `ServiceName IN ${textList(reading.alsoSpansOf)} AND ${nearTime(reading)}
  AND TraceId IN (SELECT TraceId FROM bad UNION ALL SELECT TraceId FROM good)`;

/** The time of both populations and a minute around it. */
function nearTime({ bad, good }: Reading): string {
  const range = ({ fromMs, toMs }: Population): string =>
    `Timestamp >= ${moment(unixNs(fromMs - marginMs))} AND Timestamp < ${moment(unixNs(toMs + marginMs))}`;
  return range(bad) === range(good) ? range(bad) : `(${range(bad)} OR ${range(good)})`;
}
