/** A node of what `EXPLAIN AST` prints: `Function plus (alias sum) (children 1)`. */
export interface SyntaxNode {
  /** The first word: `SelectQuery`, `Function`, `TableIdentifier` … */
  readonly kind: string;
  /** What follows it: the name of a function, a table, a column; the text of a literal. */
  readonly name: string;
  readonly alias?: string;
  readonly children: readonly SyntaxNode[];
  readonly parent?: SyntaxNode;
}

/** The tree could not be read, or its counts do not agree with what is there. */
export class UnreadableTree extends Error {}

interface Growing extends SyntaxNode {
  readonly children: Growing[];
  readonly expected: number;
}

/**
 * Reads the indented text of `EXPLAIN AST`. Each node says how many children it has; a tree whose counts do not agree
 * (because a name in the statement was made to look like a line of it) is not taken.
 * @throws UnreadableTree
 */
export function parseSyntaxTree(text: string): SyntaxNode {
  const path: Growing[] = [];
  let root: Growing | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const depth = line.length - line.trimStart().length;
    const parent = depth === 0 ? undefined : path[depth - 1];
    if (depth > path.length || (depth === 0 && root !== undefined)) throw new UnreadableTree(`misplaced line ${line}`);
    const node = readLine(line.trimStart(), parent);
    parent?.children.push(node);
    root ??= node;
    path.length = depth;
    path.push(node);
  }
  if (root === undefined) throw new UnreadableTree('there is no tree');
  verifyCounts(root);
  return root;
}

function readLine(line: string, parent: Growing | undefined): Growing {
  const count = / \(children (\d+)\)$/.exec(line);
  const rest = count === null ? line : line.slice(0, count.index);
  const alias = / \(alias (.*)\)$/.exec(rest);
  const [kind, name] = splitOnce(alias === null ? rest : rest.slice(0, alias.index));
  return {
    kind,
    name,
    children: [],
    expected: Number(count?.[1] ?? 0),
    ...(alias === null ? {} : { alias: alias[1] ?? '' }),
    ...(parent === undefined ? {} : { parent }),
  };
}

function splitOnce(text: string): [string, string] {
  const space = text.indexOf(' ');
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}

function verifyCounts(node: Growing): void {
  if (node.children.length !== node.expected) throw new UnreadableTree(`${node.kind} has other children than it says`);
  for (const child of node.children) verifyCounts(child);
}

export function* nodesOf(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
