import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import type { Missing } from '../explanation.ts';
import { countPatterns, countValues } from './count-values.ts';
import { fewestBad, findSplits, promising, type FoundSplit } from './find-splits.ts';
import { missingOf } from './missing.ts';
import type { Population } from './population.ts';
import { requestsWhere } from './request-table.ts';
import { splitSentence } from './sentence.ts';
import type { AttributeSplit, AttributeValue } from './split.ts';
import { attributable } from './statistics.ts';
import type { TriedValue } from './tried-value.ts';
import { relatedSizesSql, sampleOf, sizesSql, splitSql, type Reading } from './value-sql.ts';

export interface Separation {
  /** The most telling first; empty when nothing separates. */
  readonly splits: readonly AttributeSplit[];
  /** Requests of each side whose attributes were read. */
  readonly badRead: number;
  readonly goodRead: number;
  /** Values and thresholds among which the splits were chosen. */
  readonly valuesTried: number;
  readonly missing: readonly Missing[];
}

/**
 * Which attribute values, or pairs of them, bad requests have and good ones have not; see docs/explain.md. Attributes of the
 * spans, of their resources and, where `alsoSpansOf` names services, of those services' spans in the same traces. Of large
 * populations a sample is read, the same each time. `limit`: splits at most, 5 unless told.
 */
export const separatingAttributes = Effect.fn('separatingAttributes')(function* (asked: {
  readonly bad: Population;
  readonly good: Population;
  readonly alsoSpansOf?: readonly string[];
  readonly limit?: number;
}): Effect.fn.Return<Separation, QueryFailed | EngineUnavailable, QueryClient> {
  const { bad, good, limit = 5 } = asked;
  const alsoSpansOf = [...new Set(asked.alsoSpansOf ?? [])].sort();
  const sizes = yield* readSizes({ bad, good, alsoSpansOf, badOf: sampleOf, goodOf: sampleOf });
  const { reading, related } = yield* sampleRelated({
    bad,
    good,
    alsoSpansOf,
    badOf: shareOf(sizes.bad.spans, limits.explain.attributeSpans),
    goodOf: shareOf(sizes.good.spans, limits.explain.attributeSpans),
  });
  const isComparable = sizes.bad.spans >= fewestBad && sizes.good.spans > 0;
  const counted = isComparable
    ? yield* countValues(reading, fewestBad, {
        bad: Math.ceil((sizes.bad.spans * reading.badOf) / sampleOf),
        good: Math.ceil((sizes.good.spans * reading.goodOf) / sampleOf),
      })
    : { tried: 0, values: [] };
  const values = promising(counted.values);
  const patterns = yield* countPatterns(reading, values);
  const read = requestsWhere(patterns, () => true);
  const found = isComparable ? findSplits(patterns, values, counted.tried).slice(0, limit) : [];
  const own = commonOf([sizes.bad, sizes.good]);
  return {
    splits: yield* Effect.forEach(found, (split) => splitWithEvidence(split, reading, own), { concurrency: 4 }),
    badRead: read.bad,
    goodRead: read.good,
    valuesTried: counted.tried,
    missing: missingOf({ reading, read, related }),
  };
});

/** What separates, in words, with the counts that its evidence shows. @param own whose spans were compared */
export const splitWithEvidence = Effect.fnUntraced(function* (
  found: FoundSplit,
  reading: Reading,
  own: Named,
): Effect.fn.Return<AttributeSplit, QueryFailed | EngineUnavailable, QueryClient> {
  const named = ({ place, ...value }: TriedValue): AttributeValue => ({
    ...value,
    service: place === '' ? own.service : place,
  });
  const attributes = found.values.map(named);
  const alike = found.alike.map(named);
  const evidence = yield* fetchEvidence({
    title: 'Requests with these attribute values, of all',
    sql: splitSql(reading, found.values),
  });
  // Spans may have come since they were counted: the sentence says what its evidence shows.
  const of = (side: string, column: string): number =>
    Number(evidence.rows.find((row) => row['side'] === side)?.[column] ?? 0);
  const counts = {
    bad: of('bad', 'with_values'),
    badAll: of('bad', 'requests'),
    good: of('good', 'with_values'),
    goodAll: of('good', 'requests'),
  };
  return {
    attributes,
    service: attributes[0]?.service ?? '',
    operation: found.values[0]?.place === '' ? own.operation : '',
    ...counts,
    effect: attributable(counts),
    chance: found.chance,
    alike,
    sentence: splitSentence(attributes, alike, counts, reading),
    evidence: [evidence],
  };
});

interface Named {
  readonly service: string;
  readonly operation: string;
}
interface Size extends Named {
  readonly spans: number;
}

const readSizes = Effect.fnUntraced(function* (
  reading: Reading,
): Effect.fn.Return<{ readonly bad: Size; readonly good: Size }, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Record<string, string>>(sizesSql(reading));
  const side = (name: string): Size => {
    const row = rows.find((candidate) => candidate['side'] === name);
    const same = (first: string, last: string): string => (row?.[first] === row?.[last] ? (row?.[first] ?? '') : '');
    return {
      spans: Number(row?.['spans'] ?? 0),
      service: same('service', 'last_service'),
      operation: same('operation', 'last_operation'),
    };
  };
  return { bad: side('bad'), good: side('good') };
});

/** Where traces hold many spans of the other services, fewer traces are read. */
const sampleRelated = Effect.fnUntraced(function* (
  reading: Reading,
): Effect.fn.Return<
  { readonly reading: Reading; readonly related: number | null },
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  if (reading.alsoSpansOf.length === 0) return { reading, related: null };
  const client = yield* QueryClient;
  const [row] = yield* client.rows<Record<string, string>>(relatedSizesSql(reading));
  const [bad, good] = [Number(row?.['bad_spans'] ?? 0), Number(row?.['good_spans'] ?? 0)];
  const most = limits.explain.attributeRelatedSpans;
  const fewer = (of: number, spans: number): number => Math.ceil((of * shareOf(spans, most)) / sampleOf);
  return {
    reading: { ...reading, badOf: fewer(reading.badOf, bad), goodOf: fewer(reading.goodOf, good) },
    related: bad + good,
  };
});

const shareOf = (spans: number, most: number): number =>
  spans <= most ? sampleOf : Math.max(1, Math.floor((sampleOf * most) / spans));

/** What both sides have in common; a side without spans has no say. */
function commonOf(sides: readonly Size[]): Named {
  const [first, ...rest] = sides.filter(({ spans }) => spans > 0);
  const same = (name: keyof Named): string =>
    first !== undefined && rest.every((side) => side[name] === first[name]) ? first[name] : '';
  return { service: same('service'), operation: same('operation') };
}
