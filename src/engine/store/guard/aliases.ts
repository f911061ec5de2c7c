import { nodesOf, type SyntaxNode } from './syntax-tree.ts';

/** What the names mean that a statement itself gives to expressions. */
export interface Aliases {
  /** Names of expressions, and of no table, that do not come back to themselves by way of another alias. */
  readonly expressions: ReadonlySet<string>;
  /** Those of them that are made of values alone, so that `1 IN name` cannot mean a table that their definition names. */
  readonly values: ReadonlySet<string>;
  /**
   * Names that are given another where ClickHouse looks them up among the columns, then among the tables: within WITH, and
   * where the same SELECT gives the other name twice.
   */
  readonly lookedUp: readonly SyntaxNode[];
}

export function aliasesIn(root: SyntaxNode): Aliases {
  const definitions = [...nodesOf(root)].filter(({ alias }) => alias !== undefined);
  const all = new Set(definitions.map(({ alias }) => alias!));
  const expressions = new Set(all);
  const values = new Set(all);
  const inSelects = new Map<SyntaxNode | undefined, Map<string, SyntaxNode[]>>();
  const lookedUp: SyntaxNode[] = [];

  /** What an expression names: anything outside of subqueries, and an alias anywhere. */
  const look = (node: SyntaxNode): { readonly name: boolean; readonly alias: boolean } => {
    const isName = node.kind.endsWith('Identifier');
    let [name, alias] = [isName, isName && all.has(node.name)];
    for (const child of node.children) {
      const below = look(child);
      name ||= below.name && node.kind !== 'Subquery';
      alias ||= below.alias;
    }
    if (node.alias !== undefined) {
      // An expression that goes by way of an alias, its own (`1 IN (x) AS x`) or another, may come back to it.
      if (alias || node.parent?.kind === 'TableExpression') expressions.delete(node.alias);
      if (name) values.delete(node.alias);
    }
    return { name, alias };
  };
  look(root);

  for (const node of definitions) {
    const { select, isInWith } = placeOf(node);
    if (isInWith && node.kind === 'Identifier') lookedUp.push(node);
    const ofSelect = inSelects.get(select) ?? new Map<string, SyntaxNode[]>();
    inSelects.set(select, ofSelect);
    const same = ofSelect.get(node.alias!);
    if (same === undefined) ofSelect.set(node.alias!, [node]);
    else same.push(node);
  }
  for (const ofSelect of inSelects.values()) {
    for (const same of ofSelect.values()) {
      if (same.length > 1) lookedUp.push(...same.filter(({ kind }) => kind === 'Identifier'));
    }
  }
  return { expressions, values: new Set([...values].filter((name) => expressions.has(name))), lookedUp };
}

/** The nearest SELECT above, and whether the node lies in its first list while another, that of what it selects, follows. */
function placeOf(node: SyntaxNode): { readonly select: SyntaxNode | undefined; readonly isInWith: boolean } {
  let child = node;
  while (child.parent !== undefined && child.parent.kind !== 'SelectQuery') child = child.parent;
  const [first, second] = child.parent?.children ?? [];
  return { select: child.parent, isInWith: child === first && second?.kind === 'ExpressionList' };
}
