import type protobuf from 'protobufjs';
import type { Signal } from '../../src/engine/domain/signals.ts';
import { protobufOfJson, requestTypes } from './otlp-proto.ts';

/**
 * The items of an OTLP/JSON request, each with all that stands around it, as texts that are equal where the items are
 * equal field by field. protobufjs reads the request, not we. Exactly these differences do not count:
 * - a field that is absent and one that has its default value, unless presence has a meaning (`optional`, `oneof`);
 * - a message that is absent and one that is empty;
 * - ids that are all zero and ids that are absent;
 * - how items are grouped and ordered; groups and metrics without items hold nothing.
 */
export function itemsOf(signal: Signal, request: object): string[] {
  const type = requestTypes[signal];
  const message = type.decode(protobufOfJson(signal, request));
  return lists(plain(type, message)).flatMap((group) => itemsOfGroup(signal, group));
}

type Plain = Record<string, unknown>;

function itemsOfGroup(signal: Signal, group: Plain): string[] {
  const { resource, schemaUrl, ...scopes } = group;
  return lists(scopes).flatMap((scopeGroup) => {
    const { scope, schemaUrl: scopeSchemaUrl, ...rest } = scopeGroup;
    const around = { resource, schemaUrl, scope, scopeSchemaUrl };
    const items = lists(rest);
    if (signal !== 'metrics') return items.map((item) => JSON.stringify([around, item]));
    return items.flatMap((metric) => pointsOf(metric).map((point) => JSON.stringify([around, ...point])));
  });
}

function pointsOf(metric: Plain): unknown[][] {
  const kind = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'].find((kind) => kind in metric) ?? '';
  const { [kind]: data, ...info } = metric;
  const { dataPoints, ...shared } = (data ?? {}) as Plain;
  return ((dataPoints ?? []) as Plain[]).map((point) => [info, kind, shared, point]);
}

/** What the lists among an object's values hold: a request and its groups have one each, named by the signal. */
function lists(object: Plain): Plain[] {
  return Object.values(object)
    .filter((value): value is Plain[] => Array.isArray(value))
    .flat();
}

/** Fields in the order of their numbers; doubles as words, so that JSON keeps -0, NaN and infinities. */
function plain(type: protobuf.Type, message: object): Plain {
  const result: Plain = {};
  for (const field of type.fieldsArray.toSorted((a, b) => a.id - b.id)) {
    if (!Object.hasOwn(message, field.name)) continue;
    field.resolve();
    const value = (message as Plain)[field.name];
    const kept = field.repeated ? (value as unknown[]).map((inner) => scalar(field, inner)) : scalar(field, value);
    const hasPresence = field.partOf !== null;
    if (hasPresence || !isDefault(kept)) result[field.name] = kept;
  }
  return result;
}

function scalar(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType !== null && 'fieldsArray' in field.resolvedType)
    return plain(field.resolvedType, value as object);
  if (value instanceof Uint8Array)
    return /^0*$/.test(Buffer.from(value).toString('hex')) && /id$/i.test(field.name)
      ? ''
      : Buffer.from(value).toString('hex');
  if (field.type === 'double') return Object.is(value, -0) ? '-0' : String(value);
  return typeof value === 'object' && value !== null ? String(value) : value;
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0 || value === '0' || value === false;
}
