import { selfServiceName } from '../../domain/self-service.ts';
import { countText, quoted } from '../format.ts';
import { nearNames } from '../near-names.ts';
import type { Catalog, KnownOperation } from './catalog.ts';
import type { Pattern, Selector } from './language/expression.ts';
import { printSelector } from './language/selector.ts';

/** What a selector means in a store: rows by these patterns. */
export type Target =
  /** Calls of services. */
  | { readonly is: 'services'; readonly service: Pattern }
  /** Operations: their calls, or all their spans where only callers report them. */
  | {
      readonly is: 'operations';
      readonly service: Pattern;
      readonly operation: Pattern;
      readonly spans: 'calls' | 'all';
    }
  /** Nothing of the range: spans of a service or operation of this name, of which there are none. */
  | { readonly is: 'nothing'; readonly name: Pattern };

export interface Resolved {
  readonly target: Target;
  /** In words: "service cart", "cart:GET /items", "3 services". */
  readonly meant: string;
  /** Why there is nothing, or no calls, and what is near; null otherwise. */
  readonly lacks: string | null;
}

/** `problem`: the name means several things. */
export type Resolution = Resolved | { readonly problem: string };

const any: Pattern = { text: '*', glob: true };
const exactly = (text: string): Pattern => ({ text, glob: false });
const mostNamed = 5;

/** Whether a name fits. obs itself is meant only where it is named. */
export function fits(pattern: Pattern, name: string, isService = false): boolean {
  if (!pattern.glob) return pattern.text === name;
  if (isService && name === selfServiceName && !pattern.text.startsWith(selfServiceName)) return false;
  return fitsGlob(pattern.text, name);
}

/** Every part between stars at its first place behind the one before: linear, whatever the name. */
function fitsGlob(glob: string, name: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop() ?? '';
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

const isAny = ({ text, glob }: Pattern): boolean => glob && /^\*+$/.test(text);

/** A service first, then an operation, which must be of one service where its name is not a glob. */
export function resolve(selector: Selector, catalog: Catalog): Resolution {
  const { operations } = catalog;
  if (selector.by === 'operation') return operationOf(selector, catalog);
  const { name } = selector;
  const services = servicesOf(operations.filter(({ service }) => fits(name, service, true)));
  if (services.length > 0) return calledServices(name, services, operations);
  const named = operations.filter(({ service, operation }) => fits(any, service, true) && fits(name, operation));
  if (named.length === 0) return nothing(name, catalog);
  const best = withCalls(named);
  const owners = servicesOf(best);
  if (name.glob) return foundOperations({ service: any, operation: name }, best);
  const [owner = ''] = owners;
  if (owners.length === 1) return foundOperations({ service: exactly(owner), operation: name }, best);
  const choices = [...owners.slice(0, mostNamed).map(exactly), any].map((service) =>
    quoted(printSelector({ by: 'operation', service, operation: name, place: selector.place })),
  );
  return {
    problem: `operation ${quoted(name.text)} is of ${countText(owners.length, 'service')}; name one of ${choices.join(', ')}`,
  };
}

function operationOf({ service, operation }: Selector & { readonly by: 'operation' }, catalog: Catalog): Resolution {
  const { operations } = catalog;
  const inServices = operations.filter((known) => fits(service, known.service, true));
  const services = servicesOf(inServices);
  if (services.length === 0) {
    return {
      target: { is: 'operations', service, operation, spans: 'all' },
      meant: 'nothing',
      lacks: `no service ${quoted(service.text)}${nearText(service.text, servicesOf(operations))}`,
    };
  }
  if (isAny(operation)) return calledServices(service, services, operations);
  const named = inServices.filter((known) => fits(operation, known.operation));
  if (named.length > 0) return foundOperations({ service, operation }, withCalls(named));
  const near = nearText(
    operation.text,
    inServices.map((known) => known.operation),
  );
  const where = services.length === 1 ? services[0]! : countText(services.length, 'service');
  return {
    target: { is: 'operations', service, operation, spans: 'all' },
    meant: 'nothing',
    lacks: `no operation ${quoted(operation.text)} of ${where}${near}${cutNote(catalog)}`,
  };
}

function calledServices(
  service: Pattern,
  services: readonly string[],
  operations: readonly KnownOperation[],
): Resolved {
  const own = operations.filter((known) => services.includes(known.service));
  const calls = own.reduce((sum, known) => sum + known.calls, 0);
  const spans = own.reduce((sum, known) => sum + known.spans, 0);
  const meant = services.length === 1 ? `service ${services[0]}` : countText(services.length, 'service');
  return {
    target: { is: 'services', service },
    meant,
    lacks:
      calls > 0
        ? null
        : `no calls of ${services.length === 1 ? services[0] : meant}, only ${countText(spans, 'span')} of calls that it makes; name one of its operations, such as ${quoted(`${own[0]!.service}:${own[0]!.operation}`)}`,
  };
}

function foundOperations(
  where: { readonly service: Pattern; readonly operation: Pattern },
  found: readonly KnownOperation[],
): Resolved {
  const [first] = found;
  const spans = found.every(({ calls }) => calls > 0) ? 'calls' : 'all';
  const named = found.length === 1 ? `${first!.service}:${first!.operation}` : countText(found.length, 'operation');
  return {
    target: { is: 'operations', ...where, spans },
    meant: spans === 'all' ? `${named}, as callers report it` : named,
    lacks: null,
  };
}

function nothing(name: Pattern, catalog: Catalog): Resolved {
  const { operations } = catalog;
  const names = [...servicesOf(operations), ...operations.map(({ operation }) => operation)];
  return {
    target: { is: 'nothing', name },
    meant: 'nothing',
    lacks: `no service and no operation ${quoted(name.text)}${nearText(name.text, names)}${cutNote(catalog)}`,
  };
}

/** A service of which there are log records or spans. */
export function resolveLogging(selector: Selector & { readonly by: 'name' }, catalog: Catalog): Resolution {
  const known = [...new Set([...catalog.logging, ...servicesOf(catalog.operations)])].toSorted();
  const services = known.filter((service) => fits(selector.name, service, true));
  return {
    target: { is: 'services', service: selector.name },
    meant: services.length === 1 ? `service ${services[0]}` : countText(services.length, 'service'),
    lacks:
      services.length > 0 ? null : `no service ${quoted(selector.name.text)}${nearText(selector.name.text, known)}`,
  };
}

/** Operations with calls; where none has, all. */
function withCalls(operations: readonly KnownOperation[]): readonly KnownOperation[] {
  const called = operations.filter(({ calls }) => calls > 0);
  return called.length > 0 ? called : operations;
}

const servicesOf = (operations: readonly KnownOperation[]): readonly string[] =>
  [...new Set(operations.map(({ service }) => service))].toSorted();

const cutNote = ({ isCut, operations }: Catalog): string =>
  isCut ? ` (among the ${operations.length.toLocaleString('en-US')} with the most spans)` : '';

function nearText(asked: string, names: readonly string[]): string {
  const near = nearNames(asked, names).map(quoted);
  return near.length > 0 ? `; near: ${near.join(', ')}` : '';
}
