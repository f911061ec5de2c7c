import { type Aliases, aliasesIn } from './aliases.ts';
import { allowedSystemTables, allowedTableFunctions, inFunctions, isDeniedFunction } from './allowed-names.ts';
import type { Reason } from './check-text.ts';
import type { NameScopes } from './name-scopes.ts';
import { nodesOf, type SyntaxNode } from './syntax-tree.ts';

export const statementKinds = ['select', 'show', 'describe', 'exists', 'explain'] as const;
export type StatementKind = (typeof statementKinds)[number];

/** What the tree is checked against. */
export interface Surroundings {
  readonly scopes: NameScopes;
  /** The database that statements run in. */
  readonly database: string;
  /** Whether it holds a table of that name. */
  readonly hasTable: (name: string) => boolean;
  /** Whether any table that may be read has a column of that name. */
  readonly hasColumn: (name: string) => boolean;
  /** `SETTINGS` clauses that the text showed and that were checked there. */
  readonly settingsClauses: number;
}

export interface TreeVerdict {
  readonly kind: StatementKind;
  readonly refused?: string;
  /** A name that is neither a table of the store nor defined in the statement: ClickHouse's UNKNOWN_TABLE. */
  readonly unknownTable?: string;
}

const rootKinds: Readonly<Record<string, StatementKind>> = {
  SelectWithUnionQuery: 'select',
  SelectIntersectExceptQuery: 'select',
  ShowTables: 'show',
  ShowColumns: 'show',
  ShowIndexes: 'show',
  ShowFunctions: 'show',
  ShowSetting: 'show',
  ShowProcesslistQuery: 'show',
  ShowEngineQuery: 'show',
  ShowCreateTableQuery: 'show',
  ShowCreateViewQuery: 'show',
  ShowCreateDatabaseQuery: 'show',
  DescribeQuery: 'describe',
  ExistsTableQuery: 'exists',
  ExistsViewQuery: 'exists',
  ExistsDatabaseQuery: 'exists',
  Explain: 'explain',
};

/** Nodes that may stand below the root; anything that ClickHouse adds later is refused until it was looked at. */
const innerKinds: ReadonlySet<string> = new Set(
  `SelectWithUnionQuery SelectQuery SelectIntersectExceptQuery ExpressionList Literal Identifier Function Asterisk
  QualifiedAsterisk ColumnsRegexpMatcher ColumnsListMatcher QualifiedColumnsRegexpMatcher QualifiedColumnsListMatcher
  ColumnsTransformerList ColumnsApplyTransformer ColumnsReplaceTransformer ColumnsReplaceTransformer::Replacement
  ColumnsExceptTransformer Subquery TablesInSelectQuery TablesInSelectQueryElement TableExpression TableIdentifier
  TableJoin ArrayJoin OrderByElement InterpolateElement WindowDefinition WindowListElement WithElement SampleRatio Set
  DataType NameTypePair`.split(/\s+/),
);

const explainKinds: ReadonlySet<string> = new Set(
  ['', ' AST', ' SYNTAX', ' QUERY TREE', ' PIPELINE', ' ESTIMATE'].map((kind) => `EXPLAIN${kind}`),
);

/** Checks what `EXPLAIN AST` shows: kinds of nodes, functions, table functions and every name of a table. */
export function checkTree(root: SyntaxNode, around: Surroundings): TreeVerdict {
  const kind = rootKinds[root.kind];
  if (kind === undefined) return { kind: 'select', refused: `${readable(root.kind)} is not a reading statement` };
  let settings = 0;
  const aliases = aliasesIn(root);
  for (const node of nodesOf(root)) {
    if (node !== root && !innerKinds.has(node.kind))
      return { kind, refused: `${readable(node.kind)} is not allowed here` };
    if (node.kind === 'Set' && node.parent?.kind !== 'Explain') settings += 1;
    const tables = tableNames(node);
    const refused =
      checkNode(node) ?? tables.map((name) => checkDatabase(name, around)).find((reason) => reason !== undefined);
    if (refused !== undefined) return { kind, refused };
    const unknownTable = tables.find((name) => !isKnownTable(name, node, around, aliases));
    if (unknownTable !== undefined) return { kind, unknownTable };
  }
  const unknownTable = aliases.lookedUp.find((node) => !isColumn(node, around, aliases))?.name;
  if (unknownTable !== undefined) return { kind, unknownTable };
  // ClickHouse copies a WITH list into each member of a UNION: then the tree may show more, but never less.
  if (settings < around.settingsClauses || (around.settingsClauses === 0 && settings > 0)) {
    return { kind, refused: 'a SETTINGS clause cannot be read' };
  }
  return { kind };
}

function readable(kind: string): string {
  return kind
    .replace(/Query$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

function checkNode(node: SyntaxNode): Reason {
  if (node.kind === 'Function') return checkFunction(node);
  // Where an answer goes hangs there as a literal: the text was checked for INTO OUTFILE, this is the second look.
  if (node.kind === 'Literal' && (node.parent?.kind === 'SelectWithUnionQuery' || node.parent?.parent === undefined)) {
    return 'an answer may only go to who asked';
  }
  if (node.kind !== 'Explain') return undefined;
  if (!explainKinds.has(node.name)) return `${node.name} is not allowed`;
  const selects = node.children.every(({ kind }) => kind === 'SelectWithUnionQuery' || kind === 'Set');
  return selects ? undefined : 'only a SELECT may be explained';
}

function checkFunction(node: SyntaxNode): Reason {
  if (isDeniedFunction(node.name)) return `the function ${node.name} is not allowed`;
  if (node.parent?.kind === 'TableExpression' && !allowedTableFunctions.has(node.name)) {
    return `the table function ${node.name} is not allowed`;
  }
  if (!inFunctions.has(node.name.toLowerCase())) return undefined;
  const right = node.children[0]?.children[1];
  if (right?.kind !== 'Function' || right.name === 'tuple' || right.name === 'array') return undefined;
  // ClickHouse would also take it for a table function.
  return tableFunctionLike.has(right.name) ? `the table function ${right.name} is not allowed` : undefined;
}

/** Names that are a function and a table function at once, which `IN` could mean. */
const tableFunctionLike: ReadonlySet<string> = new Set([
  'file',
  'format',
  'dictionary',
  'input',
  'merge',
  'url',
  'remote',
]);

/** The tables that a node names, as `table` or `database.table`. */
function tableNames(node: SyntaxNode): string[] {
  switch (node.kind) {
    case 'TableIdentifier':
      return [node.name];
    case 'ShowCreateTableQuery':
    case 'ShowCreateViewQuery':
    case 'ExistsTableQuery':
    case 'ExistsViewQuery':
      return [node.children.map(({ name }) => name).join('.')];
    case 'Function': {
      const right = inFunctions.has(node.name.toLowerCase()) ? node.children[0]?.children[1] : undefined;
      return right?.kind === 'Identifier' ? [right.name] : [];
    }
    default:
      return [];
  }
}

function checkDatabase(name: string, around: Surroundings): Reason {
  const [database, table] = splitName(name);
  if (database === undefined || database === around.database) return undefined;
  if (database.toLowerCase() === 'information_schema') return undefined;
  if (database !== 'system') return `the database ${database} is not allowed`;
  return allowedSystemTables.has(table) ? undefined : `the table ${name} is not allowed`;
}

/** Whether a name that may be looked up among the tables can only be a column of some table, or an alias within reach. */
function isColumn({ name }: SyntaxNode, around: Surroundings, { expressions }: Aliases): boolean {
  if (expressions.has(name) && around.scopes.coversAlias(name)) return true;
  const parts = name.split('.');
  // `t.column`, `column.key of a map`, `nested.column`; a path of a file has other characters.
  if (parts[0] === around.database || !parts.every((part) => /^[\w@ -]+$/.test(part))) return false;
  return parts.some((part, index) => around.hasColumn(part) || around.hasColumn(parts.slice(index).join('.')));
}

function isKnownTable(name: string, node: SyntaxNode, around: Surroundings, aliases: Aliases): boolean {
  const [database, table] = splitName(name);
  if (database !== undefined && database !== around.database) return true;
  if (around.hasTable(table)) return true;
  if (database !== undefined) return false;
  // Whether a plain word exists may be asked; a path may not, since files are tables to chDB.
  if (node.kind.startsWith('Exists')) return /^\w+$/.test(table);
  if (around.scopes.coversTable(table)) return true;
  return node.kind === 'Function' && aliases.values.has(table) && around.scopes.coversAlias(table);
}

/** The tree does not tell `a`.`b` from `a.b`; a database is a plain word here, so that `/etc/x.csv` is a table's name. */
function splitName(name: string): readonly [string | undefined, string] {
  const dot = name.indexOf('.');
  return dot < 0 || !/^\w+$/.test(name.slice(0, dot)) ? [undefined, name] : [name.slice(0, dot), name.slice(dot + 1)];
}
