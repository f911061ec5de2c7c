import { dirname } from 'node:path';
import type { Random } from '../../../test/support/random.ts';
import { SimulatedFile } from './simulated-file.ts';

type Node = SimulatedFile | 'folder';
type Names = Map<string, Node>;

/** A change of names. A rename is one step, also between folders, as on every journaling file system. */
interface NameChange {
  readonly folders: readonly string[];
  apply(names: Names): void;
}

/** All names of the simulated disk, by absolute path: as processes see them, and what a power cut may leave of them. */
export class SimulatedFolders {
  readonly #seen: Names;
  readonly #durable: Names;
  #waiting: NameChange[] = [];
  #stamp = 1n;
  readonly #stamps = new Map<string, bigint>();

  /** @param names what is there, durably. */
  constructor(names: ReadonlyMap<string, Node>) {
    this.#seen = new Map(names);
    this.#durable = new Map(names);
  }

  get(path: string): Node | undefined {
    return this.#seen.get(path);
  }

  namesIn(folder: string): readonly string[] {
    return [...this.#seen.keys()].filter((path) => path !== '/' && dirname(path) === folder);
  }

  /** Grows with each change of a name in the folder. */
  stampOf(folder: string): bigint {
    return this.#stamps.get(folder) ?? 0n;
  }

  add(path: string, node: Node): void {
    this.#change([dirname(path)], (names) => void names.set(path, node));
  }

  remove(path: string): void {
    this.#change([dirname(path)], (names) => void names.delete(path));
  }

  rename(from: string, to: string): void {
    const node = this.#seen.get(from);
    if (node === undefined) return;
    this.#change([...new Set([dirname(from), dirname(to)])], (names) => {
      names.delete(from);
      names.set(to, node);
    });
  }

  #change(folders: readonly string[], apply: (names: Names) => void): void {
    apply(this.#seen);
    this.#waiting.push({ folders, apply });
    for (const folder of folders) this.#stamps.set(folder, ++this.#stamp);
  }

  /** What a sync of the folder that begins now will make durable, should it complete. */
  beginSync(folder: string): () => void {
    const covered = new Set(this.#waiting.filter(({ folders }) => folders.includes(folder)));
    return () => {
      for (const change of this.#waiting) if (covered.has(change)) change.apply(this.#durable);
      this.#waiting = this.#waiting.filter((change) => !covered.has(change));
    };
  }

  /** What a power cut leaves: synced names, and of the other changes the first ones (a journal) or any of them. */
  afterPowerCut(random: Random): SimulatedFolders {
    const names: Names = new Map(this.#durable);
    const inOrder = random.int(2) === 0 ? random.int(this.#waiting.length + 1) : null;
    this.#waiting.forEach((change, index) => {
      if (inOrder === null ? random.int(2) === 0 : index < inOrder) change.apply(names);
    });
    const left: Names = new Map();
    const files = new Map<SimulatedFile, SimulatedFile>();
    for (const [path, node] of names) {
      if (!isReachable(names, path)) continue;
      if (node === 'folder') left.set(path, node);
      else left.set(path, files.get(node) ?? files.set(node, node.afterPowerCut(random)).get(node)!);
    }
    return new SimulatedFolders(left);
  }
}

/** A name whose folder's own name is lost is lost with it. */
function isReachable(names: Names, path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (names.get(folder) !== 'folder') return false;
    if (folder === '/') return true;
  }
}
