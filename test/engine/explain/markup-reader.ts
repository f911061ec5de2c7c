/** An element of XML or HTML. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (Element | string)[];
}

interface Open extends Element {
  readonly children: (Element | string)[];
}

/** HTML's elements that have no end tag, and those whose content is no markup. */
const voids = new Set(['meta', 'br', 'hr', 'img', 'link', 'input']);
const raw = new Set(['style', 'script']);
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** What XML 1.0 allows (`Char`), less DEL and the C1 controls, which it discourages. */
const notAllowed = /[^\u0009\u000a\u000d\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Reads markup strictly: throws at any character, entity, attribute or nesting that a strict parser would not take. */
export function readMarkup(text: string, language: 'xml' | 'html'): Element {
  const bad = notAllowed.exec(text);
  if (bad !== null) throw new Error(`A character that is not allowed: ${JSON.stringify(bad[0])}`);
  const root: Open = { name: '', attributes: {}, children: [] };
  const open = [root];
  const token = /<\?xml [^?]*\?>\n|<!doctype html>|<(\/?)([a-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|[^<]+/gy;
  while (token.lastIndex < text.length) {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new Error(`Not markup: ${text.slice(from, from + 60)}`);
    const [whole, end, name, attributes, selfClosing] = match;
    const inner = open.at(-1)!;
    if (name === undefined) {
      if (!whole.startsWith('<')) inner.children.push(decode(whole));
    } else if (end === '/') {
      if (inner.name !== name) throw new Error(`</${name}> closes <${inner.name}>`);
      open.pop();
    } else {
      const element: Open = { name, attributes: attributesOf(attributes ?? ''), children: [] };
      inner.children.push(element);
      if (language === 'html' && raw.has(name)) {
        const close = text.indexOf(`</${name}`, token.lastIndex);
        element.children.push(text.slice(token.lastIndex, close));
        token.lastIndex = close;
      }
      if (selfClosing !== '/' && !(language === 'html' && voids.has(name))) open.push(element);
    }
  }
  const elements = root.children.filter((child) => typeof child !== 'string');
  const [element] = elements;
  if (open.length > 1 || elements.length !== 1 || element === undefined) {
    throw new Error(`Not one closed element: ${open.map(({ name }) => name).join(' ')}`);
  }
  return element;
}

export const textOf = ({ children }: Element): string =>
  children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');

function attributesOf(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, decode(value)] as const,
  );
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new Error(`An attribute twice: ${text}`);
  return Object.fromEntries(pairs);
}

const decode = (text: string): string =>
  text.replaceAll(/&([^;\s]*);?/g, (whole, name: string) => {
    const character = entities[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`Not an entity: ${whole}`);
    return character;
  });
