import { isName, isSymbol, isWord, type Token } from './tokens.ts';

/**
 * Where a name stands for something that the statement itself defines (`WITH name AS (SELECT …)`, `expression AS name`)
 * and can therefore not be looked up in the database, where in chDB any name of a file is a table.
 *
 * Scopes are brackets and the members of a UNION within them, as ClickHouse resolves names; where its rules are finer
 * than that, the answer here is the stricter one.
 */
export interface NameScopes {
  /** Every place where the name stands is within reach of a common table expression of that name. */
  coversTable(name: string): boolean;
  /** Same, for an alias of an expression: what `x IN name` may mean. */
  coversAlias(name: string): boolean;
}

interface Place {
  /** The open brackets around a token, outermost first, each by the index of its token. */
  readonly groups: readonly number[];
  /** Which member of a UNION, counted within the innermost bracket. */
  readonly member: number;
}

interface Definition {
  readonly index: number;
  readonly place: Place;
  /**
   * The tokens of the body of a common table expression. The name is not defined in it, but for a recursive one after
   * its first UNION: what stands before that is where the recursion starts from.
   */
  readonly body?: { readonly from: number; readonly to: number; readonly isRecursive: boolean };
}

export function nameScopes(tokens: readonly Token[]): NameScopes {
  const { places, closing, onlyUnions } = findPlaces(tokens);
  const uses = (name: string): number[] =>
    tokens.flatMap((token, index) => (isName(token) && token.value === name ? [index] : []));

  const reaches = (definition: Definition, use: number, ordered: boolean): boolean => {
    if (definition.index === use) return true;
    if (ordered && use < definition.index) return false;
    const { body } = definition;
    if (body !== undefined && use >= body.from && use <= body.to) {
      const there = places[use]!;
      const member = memberAt(places, there, there.groups.indexOf(body.from) + 1, use);
      return body.isRecursive && onlyUnions.has(body.from) && member > 0;
    }
    const own = definition.place.groups;
    const there = places[use]!;
    const inner = own.at(-1) ?? -1;
    if (own.length > there.groups.length || own.some((group, level) => there.groups[level] !== group)) return false;
    const member = memberAt(places, there, own.length, use);
    return member === definition.place.member || (ordered && definition.place.member === 0 && onlyUnions.has(inner));
  };

  const covers = (name: string, definitions: readonly Definition[], ordered: boolean): boolean =>
    definitions.length > 0 &&
    uses(name).every((use) => definitions.some((definition) => reaches(definition, use, ordered)));

  return {
    coversTable: (name) => covers(name, tableDefinitions(tokens, places, closing, name), true),
    coversAlias: (name) => covers(name, aliasDefinitions(tokens, places, name), false),
  };
}

/** The member of the UNION in the bracket at `level` around a token that may lie deeper. */
function memberAt(places: readonly Place[], place: Place, level: number, index: number): number {
  const entered = place.groups[level];
  return places[entered ?? index]!.member;
}

function findPlaces(tokens: readonly Token[]) {
  const places: Place[] = [];
  const closing = new Map<number, number>();
  const onlyUnions = new Set<number>();
  const mixed = new Set<number>();
  const stack: { readonly group: number; member: number }[] = [{ group: -1, member: 0 }];
  for (const [index, token] of tokens.entries()) {
    const top = stack.at(-1)!;
    if (isSymbol(token, ')') && stack.length > 1) {
      closing.set(top.group, index);
      stack.pop();
    }
    const now = stack.at(-1)!;
    if (startsMember(tokens, index)) {
      now.member += 1;
      if (isWord(token, 'UNION')) onlyUnions.add(now.group);
      else mixed.add(now.group);
    }
    places.push({ groups: stack.slice(1).map(({ group }) => group), member: now.member });
    if (isSymbol(token, '(')) stack.push({ group: index, member: 0 });
  }
  for (const group of mixed) onlyUnions.delete(group);
  return { places, closing, onlyUnions };
}

/** UNION, INTERSECT or EXCEPT between two selects; `* EXCEPT (column)` is none. */
function startsMember(tokens: readonly Token[], index: number): boolean {
  if (!isWord(tokens[index], 'UNION', 'INTERSECT', 'EXCEPT')) return false;
  let next = index + 1;
  if (isWord(tokens[next], 'ALL', 'DISTINCT')) next += 1;
  while (isSymbol(tokens[next], '(')) next += 1;
  return isWord(tokens[next], 'SELECT', 'WITH', 'FROM');
}

/** `name AS (SELECT …)`, `name AS MATERIALIZED (…)`, `name(a, b) AS (…)`. */
function tableDefinitions(
  tokens: readonly Token[],
  places: readonly Place[],
  closing: ReadonlyMap<number, number>,
  name: string,
): Definition[] {
  return tokens.flatMap((token, index) => {
    if (!isName(token) || token.value !== name) return [];
    let next = index + 1;
    if (isSymbol(tokens[next], '(')) next = (closing.get(next) ?? next) + 1;
    if (!isWord(tokens[next], 'AS')) return [];
    next += 1;
    while (isWord(tokens[next], 'NOT', 'MATERIALIZED')) next += 1;
    const to = closing.get(next);
    if (to === undefined || !isWord(tokens[next + 1], 'SELECT', 'WITH', 'FROM')) return [];
    const place = places[index]!;
    return [{ index, place, body: { from: next, to, isRecursive: isRecursive(tokens, places, index) } }];
  });
}

/** Whether the WITH that this definition belongs to, the nearest before it in the same bracket, says RECURSIVE. */
function isRecursive(tokens: readonly Token[], places: readonly Place[], index: number): boolean {
  const group = places[index]!.groups.at(-1);
  for (let before = index - 1; before >= 0; before -= 1) {
    if (places[before]!.groups.at(-1) !== group) continue;
    if (isWord(tokens[before], 'WITH')) return isWord(tokens[before + 1], 'RECURSIVE');
  }
  return false;
}

/** `… AS name`. */
function aliasDefinitions(tokens: readonly Token[], places: readonly Place[], name: string): Definition[] {
  return tokens.flatMap((token, index) =>
    isName(token) && token.value === name && isWord(tokens[index - 1], 'AS') ? [{ index, place: places[index]! }] : [],
  );
}
