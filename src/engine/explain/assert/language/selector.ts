import type { Pattern, Place, Selector } from './expression.ts';
import { Mistake } from './mistake.ts';
import type { Token } from './tokens.ts';

/** What needs no quotes; a `*` without them is any text. */
const bare = /^[^,()"'*\s\p{C}][^,()"'*\p{C}]*$/u;

/** Where a name without quotes parts into service and operation: a colon behind a space or a slash parts nothing. */
const partAt = (text: string): number => {
  const at = text.indexOf(':');
  return at >= 0 && !/[\s/]/.test(text.slice(0, at)) ? at : -1;
};

/** Reads what stands between a function's parentheses, or before the first comma there. */
export function selectorOf(tokens: readonly Token[], place: Place): Selector {
  const [first, second, third] = tokens;
  if (first === undefined) throw new Mistake(place, 'expected a service or an operation', 'errors(cart) == 0');
  if (first.kind === 'text') {
    const at = partAt(first.text);
    if (second === undefined) {
      if (at < 0) return { by: 'name', name: patternOf(first), place };
      const service = bareText(first.text.slice(0, at), place, 'service');
      return { by: 'operation', service, operation: bareText(first.text.slice(at + 1), place, 'operation'), place };
    }
    if (at === first.text.length - 1 && second.kind === 'string' && third === undefined) {
      const service = bareText(first.text.slice(0, at), place, 'service');
      return { by: 'operation', service, operation: patternOf(second), place };
    }
  } else if (second === undefined) return { by: 'name', name: patternOf(first), place };
  else if (second.text.startsWith(':') && second.kind === 'text') {
    const rest = second.text.slice(1).trim();
    if (third === undefined) {
      return { by: 'operation', service: patternOf(first), operation: bareText(rest, place, 'operation'), place };
    }
    if (rest === '' && third.kind === 'string' && tokens.length === 3) {
      return { by: 'operation', service: patternOf(first), operation: patternOf(third), place };
    }
  }
  throw new Mistake(place, 'expected a name, or service:operation; a name with quotes in it is put in quotes');
}

function bareText(text: string, place: Place, what: string): Pattern {
  const name = text.trim();
  if (name === '') throw new Mistake(place, `the ${what} beside the colon is missing`, 'p95(cart:GET /items) < 100ms');
  return { text: name, glob: name.includes('*') };
}

const patternOf = ({ kind, text }: Token): Pattern => ({ text, glob: kind === 'text' && text.includes('*') });

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const printPart = ({ text, glob }: Pattern): string => {
  if (glob) return text;
  return bare.test(text) && text.trim() === text ? text : quoted(text);
};

/** As it is read again. */
export function printSelector(selector: Selector): string {
  if (selector.by === 'name') {
    const { name } = selector;
    return !name.glob && partAt(name.text) >= 0 ? quoted(name.text) : printPart(name);
  }
  const { service, operation } = selector;
  // Before its colon a name has neither space nor slash.
  const head = !service.glob && /[\s/:]/.test(service.text) ? quoted(service.text) : printPart(service);
  return `${head}:${printPart(operation)}`;
}
