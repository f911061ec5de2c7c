/** Tokens that are looked at; what follows rarely tells lines of code apart. */
const mostTokens = 16;
/** Share of equal words from which on two lines are of one template. From .4 down lines of different meaning merge. */
const similarity = 0.7;
const mostCharacters = 1000;
const wildcard = '*';

export interface Template {
  readonly id: number;
  readonly service: string;
  /** `*` stands for what varies. */
  readonly tokens: string[];
  /** The first line of it. */
  readonly sample: string;
}

/** Templates of one run: every window's lines go to the same instance, so that ids compare. */
export interface Templates {
  readonly idOf: (service: string, body: string) => number;
  readonly templateOf: (id: number) => Template;
}

/**
 * Groups log lines as Drain does (He et al., ICWS 2017): by service, number of tokens and the first two of them, then by
 * share of equal words.
 */
export function templates(): Templates {
  const all: Template[] = [];
  const buckets = new Map<string, Template[]>();
  const known = new Map<string, number>();
  const find = (service: string, line: string, tokens: string[]): number => {
    const key = `${service}\u0000${tokens.length}\u0000${tokens[0]}\u0000${tokens[1]}`;
    const bucket = buckets.get(key) ?? [];
    if (bucket.length === 0) buckets.set(key, bucket);
    let best: Template | undefined;
    let most = similarity;
    for (const template of bucket) {
      const alike = likeness(template.tokens, tokens);
      if (alike < most || (alike === most && best !== undefined)) continue;
      best = template;
      most = alike;
    }
    if (best === undefined) {
      best = { id: all.length, service, tokens, sample: line };
      all.push(best);
      bucket.push(best);
    } else {
      for (let at = 0; at < tokens.length; at++) if (best.tokens[at] !== tokens[at]) best.tokens[at] = wildcard;
    }
    return best.id;
  };
  return {
    idOf: (service, body) => {
      const line = messageOf(body);
      const tokens = tokensOf(line);
      const key = `${service}\u0000${tokens.join(' ')}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const id = find(service, line, tokens);
      known.set(key, id);
      return id;
    },
    templateOf: (id) => all[id]!,
  };
}

/** The text of a line that is a JSON object: its `log`, `message`, `msg` or `body`. */
export function messageOf(body: string): string {
  if (!body.startsWith('{')) return body.slice(0, mostCharacters);
  try {
    const parsed = JSON.parse(body) as Record<string, unknown>;
    const text = parsed['log'] ?? parsed['message'] ?? parsed['msg'] ?? parsed['body'];
    return (typeof text === 'string' ? text : body).slice(0, mostCharacters);
  } catch {
    return body.slice(0, mostCharacters);
  }
}

/** Words between white space and punctuation; what holds a digit is a wildcard, and wildcards in a row are one. */
export function tokensOf(line: string): string[] {
  const tokens: string[] = [];
  for (const [word] of line.matchAll(/[\p{L}\p{N}_]+/gu)) {
    const token = /\p{N}/u.test(word) ? wildcard : word;
    if (token === wildcard && tokens.at(-1) === wildcard) continue;
    if (tokens.push(token) === mostTokens) break;
  }
  return tokens;
}

/** Share of places with the same word among those where either has a word. */
function likeness(template: readonly string[], tokens: readonly string[]): number {
  let same = 0;
  let words = 0;
  for (let at = 0; at < tokens.length; at++) {
    if (template[at] === wildcard && tokens[at] === wildcard) continue;
    words++;
    if (template[at] === tokens[at]) same++;
  }
  return words === 0 ? 1 : same / words;
}
