import { Unreadable } from '../decode/wire-reader.ts';

const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/**
 * @returns the value, and whether bytes that are not UTF-8 had to be replaced by U+FFFD to read it
 * @throws Unreadable with the position where the text stops being JSON
 */
export function parseJson(payload: Uint8Array): { value: unknown; repaired: boolean } {
  let text: string;
  let repaired = false;
  try {
    text = strict.decode(payload);
  } catch {
    text = lenient.decode(payload);
    repaired = true;
  }
  try {
    return { value: JSON.parse(text), repaired };
  } catch (cause) {
    throw unreadable(cause, text);
  }
}

/** V8 says the position in its message, unless the text simply ends; its quotations of the text are left out. */
function unreadable(cause: unknown, text: string): Unreadable {
  const message = cause instanceof Error ? cause.message : String(cause);
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return new Unreadable('this is not JSON: something else was expected', Number(position));
  const [, found] = /Unexpected token '?(.+?)'?, /.exec(message) ?? [];
  if (found === undefined) return new Unreadable('the JSON text ends too early', text.length);
  return new Unreadable('this is not JSON: something else was expected', Math.max(0, text.indexOf(found)));
}
