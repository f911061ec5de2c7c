import { limits } from '../../domain/limits.ts';
import { fewestBad, findSplits, promising, type FoundSplit } from '../attributes/find-splits.ts';
import type { RequestPattern } from '../attributes/request-table.ts';
import { isNoQuantity, restatesOutcome } from '../attributes/restating.ts';
import { likelihoodRatio } from '../attributes/statistics.ts';
import type { CountedValue, TriedValue } from '../attributes/tried-value.ts';

/** A request: a trace whose root operation was slow or failed, or one that was fine, with what its span and its process say. */
export interface ReadRequest {
  readonly trace: string;
  readonly isBad: boolean;
  readonly span: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
}

/** Beyond so many distinct numbers thresholds are looked at, at these quantiles of the good. */
const numbersBeforeThresholds = 12;
const quantiles = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] as const;

interface Column {
  readonly origin: TriedValue['origin'];
  readonly key: string;
  /** Numbers of requests, by value. */
  readonly byValue: Map<string, number[]>;
}

/**
 * What separates, as `separatingAttributes` finds it, among requests that are few enough to be held: the same rules, without a
 * statement for each step. Pure.
 * @param restates attributes that the bad were chosen by, or that follow from it
 */
export function splitsAmong(requests: readonly ReadRequest[], restates: readonly string[] = []): readonly FoundSplit[] {
  const badAll = requests.filter(({ isBad }) => isBad).length;
  const goodAll = requests.length - badAll;
  if (badAll < fewestBad || goodAll === 0) return [];
  const counted: CountedValue[] = [];
  let tried = 0;
  for (const column of columnsOf(requests, new Set(restates))) {
    const equal = isId(column) ? [] : equalValues(column);
    const thresholds = isNoQuantity(column.key) ? [] : thresholdValues(column, requests);
    const all = [...equal, ...thresholds].map(({ value, having }): CountedValue => {
      const bad = having.filter((at) => requests[at]!.isBad).length;
      return { ...value, counts: { bad, badAll, good: having.length - bad, goodAll } };
    });
    tried += equal.filter(({ having }) => having.length >= fewestBad).length + thresholds.length;
    counted.push(...all.filter(({ counts }) => counts.bad >= fewestBad && likelihoodRatio(counts) > 0));
  }
  const values = promising(counted);
  return findSplits(patternsOf(requests, values), values, tried);
}

function columnsOf(requests: readonly ReadRequest[], restates: ReadonlySet<string>): readonly Column[] {
  const columns = new Map<string, Column>();
  const add = (origin: Column['origin'], key: string, value: string, at: number): void => {
    if (
      !isComparable(key, limits.explain.attributeKeyBytes) ||
      !isComparable(value, limits.explain.attributeValueBytes)
    )
      return;
    const name = `${origin} ${key}`;
    let column = columns.get(name);
    if (column === undefined) columns.set(name, (column = { origin, key, byValue: new Map() }));
    const own = column.byValue.get(value);
    if (own === undefined) column.byValue.set(value, [at]);
    else own.push(at);
  };
  for (const [at, { span, resource }] of requests.entries()) {
    for (const [key, value] of Object.entries(span)) add('span', key, value, at);
    for (const [key, value] of Object.entries(resource)) add('resource', key, value, at);
  }
  return [...columns.values()].filter(({ key }) => !restatesOutcome(key) && !restates.has(key));
}

/** What a statement can ask for again: text without zero bytes, and none that was broken. */
const isComparable = (text: string, mostBytes: number): boolean =>
  text !== '' && !text.includes('\0') && !text.includes('\uFFFD') && Buffer.byteLength(text) <= mostBytes;

/** A value to nearly every request says nothing about the next one. */
function isId({ byValue }: Column): boolean {
  const sizes = [...byValue.values()].map(({ length }) => length);
  const occurrences = sizes.reduce((sum, size) => sum + size, 0);
  const commonest = sizes.reduce((most, size) => Math.max(most, size), 0);
  return byValue.size >= 0.9 * occurrences && commonest < 0.02 * occurrences;
}

interface Having {
  readonly value: TriedValue;
  /** Numbers of requests. */
  readonly having: readonly number[];
}

const equalValues = ({ origin, key, byValue }: Column): readonly Having[] =>
  [...byValue].map(([value, having]) => ({ value: { place: '', origin, key, value, comparison: '=' }, having }));

/** Above and below some quantiles of the good, of an attribute that counts something. */
function thresholdValues({ origin, key, byValue }: Column, requests: readonly ReadRequest[]): readonly Having[] {
  const numbers = [...byValue].flatMap(([value, having]) =>
    isNumber(value) ? [{ number: Number(value), having }] : [],
  );
  if (numbers.length <= numbersBeforeThresholds || numbers.length < 0.9 * byValue.size) return [];
  const good = numbers
    .flatMap(({ number, having }) => having.filter((at) => !requests[at]!.isBad).map(() => number))
    .sort((a, b) => a - b);
  if (good.length === 0) return [];
  const cuts = new Set(quantiles.map((quantile) => good[Math.floor(quantile * (good.length - 1))]!));
  return [...cuts].flatMap((cut) =>
    (['>', '<'] as const).map((comparison) => ({
      value: { place: '', origin, key, value: String(cut), comparison },
      having: numbers
        .filter(({ number }) => (comparison === '>' ? number > cut : number < cut))
        .flatMap(({ having }) => having),
    })),
  );
}

/** As ClickHouse's `toFloat64OrNull` reads them; what JavaScript takes for numbers besides (`0x1f`, ` 7`) is none. */
const isNumber = (text: string): boolean =>
  /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text));

function patternsOf(requests: readonly ReadRequest[], values: readonly TriedValue[]): readonly RequestPattern[] {
  const patterns = new Map<number, { mask: number; bad: number; good: number }>();
  for (const request of requests) {
    let mask = 0;
    for (const [at, value] of values.entries()) if (has(request, value)) mask |= 1 << at;
    const pattern = patterns.get(mask) ?? { mask, bad: 0, good: 0 };
    patterns.set(mask, pattern);
    pattern[request.isBad ? 'bad' : 'good']++;
  }
  return [...patterns.values()];
}

function has(request: ReadRequest, { origin, key, value, comparison }: TriedValue): boolean {
  const own = request[origin][key];
  if (own === undefined || comparison === '=') return own === value;
  return isNumber(own) && (comparison === '>' ? Number(own) > Number(value) : Number(own) < Number(value));
}
