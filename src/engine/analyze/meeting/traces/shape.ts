import { hashText } from '../../patterns/hashes.ts';
import type { TraceSpans } from './read-traces.ts';

/**
 * What path calls took, whatever their number: the set of the paths from the trace's first operation to each of the
 * others. Calls in a loop, or in another order, are the same paths; an operation that calls itself stays in place.
 */
export interface TraceShape {
  /** 16 hex digits, the same for the same set of paths on every machine. */
  readonly id: string;
  readonly service: string;
  readonly operation: string;
  /** Of the first operation, milliseconds. */
  readonly durationMs: number;
  readonly startMs: number;
  /** Whether any span has an error. */
  readonly failed: boolean;
  /** The call path for people; worked out when asked for. */
  readonly text: () => string;
}

/** A span's place: its path's node. */
interface Node {
  readonly label: string;
  readonly service: string;
  readonly parent: Node | null;
  readonly children: Map<string, Node>;
  readonly a: number;
  readonly b: number;
}

const separator = '\u0000';
const textCharacters = 600;

/** `null` where the trace has no beginning here: its first spans are not there. */
export function shapeOfTrace(trace: TraceSpans): TraceShape | null {
  const indexOf = new Map<string, number>();
  for (const [at, id] of trace.spans.entries()) if (!indexOf.has(id)) indexOf.set(id, at);
  const root = rootOf(trace, indexOf);
  if (root < 0) return null;
  const nodes = new Map<number, Node>();
  let a = 0;
  let b = 0;
  let paths = 0;

  const place = (at: number, parent: Node | null): Node => {
    const service = trace.services[at] as string;
    const label = service + separator + plainName(trace.operations[at] as string);
    if (parent?.label === label) return parent;
    const known = parent?.children.get(label);
    if (known !== undefined) return known;
    const hash = hashText(label, parent === null ? 0 : parent.a ^ parent.b);
    const node: Node = { label, service, parent, children: new Map(), a: hash.a, b: hash.b };
    parent?.children.set(label, node);
    paths++;
    a = (a + hash.a) | 0;
    b = (b + hash.b) | 0;
    return node;
  };

  const first = place(root, null);
  nodes.set(root, first);
  for (const start of trace.spans.keys()) {
    // Up to a span whose place is known, then down again. A circle of parents has none, and hangs below the first.
    const chain: number[] = [];
    const met = new Set<number>();
    let at = start;
    while (!nodes.has(at) && !met.has(at)) {
      met.add(at);
      chain.push(at);
      at = indexOf.get(trace.parents[at] as string) ?? root;
    }
    for (let next = chain.pop(); next !== undefined; next = chain.pop()) {
      nodes.set(next, place(next, nodes.get(indexOf.get(trace.parents[next] as string) ?? root) ?? first));
    }
  }
  const mixed = hashText(`${a} ${b}`, paths);
  return {
    id: [mixed.a, mixed.b].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join(''),
    service: first.service,
    operation: nameOf(first),
    durationMs: trace.durations[root] as number,
    startMs: trace.startsMs[root] as number,
    failed: trace.errors.includes(1),
    text: () => textOf(first).slice(0, textCharacters),
  };
}

/** The longest span without a parent; where the caller is not traced, the first that a service was called by. */
function rootOf({ parents, entries, durations, startsMs }: TraceSpans, known: ReadonlyMap<string, number>): number {
  let root = -1;
  for (const [at, parent] of parents.entries()) {
    if (parent === '' && (root < 0 || (durations[at] as number) > (durations[root] as number))) root = at;
  }
  if (root >= 0) return root;
  for (const [at, parent] of parents.entries()) {
    const begins = entries[at] === 1 && !known.has(parent);
    if (begins && (root < 0 || (startsMs[at] as number) < (startsMs[root] as number))) root = at;
  }
  return root;
}

const nameOf = ({ label }: Node): string => label.slice(label.indexOf(separator) + 1);

/** `shop GET /cart → (cart get → redis GET, pay POST /pay)`: a service is named where it changes. */
function textOf(node: Node, caller = ''): string {
  const own = node.service === caller ? nameOf(node) : `${node.service} ${nameOf(node)}`;
  const children = [...node.children.values()].map((child) => textOf(child, node.service));
  if (children.length === 0) return own;
  return children.length === 1 ? `${own} → ${children[0]}` : `${own} → (${children.join(', ')})`;
}

const plainNames = new Map<string, string>();
const mostNames = 20_000;

/** The name without ids in it: numbers, UUIDs and hexadecimal ids that stand alone, or between slashes. */
function plainName(name: string): string {
  const known = plainNames.get(name);
  if (known !== undefined) return known;
  if (plainNames.size >= mostNames) plainNames.clear();
  const plain = name.replaceAll(
    /(?<![\w.])(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-f]*\d)[0-9a-f]{8,})(?![\w.])/gi,
    '<*>',
  );
  plainNames.set(name, plain);
  return plain;
}
