import { appendFileSync, closeSync, fdatasyncSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * ClickHouse's own note of the insert tokens that a table has seen: `deduplication_log_<n>.txt`, one line a part:
 * operation (1 added, 2 dropped), part, block id, separated by tabs (MergeTreeDeduplicationLog.cpp).
 *
 * It is written BEFORE the part gets its name. A process that dies in between leaves a token without its rows, and the
 * replay of that segment would be taken for seen and lost. So whoever opens the store looks for such tokens first.
 */
const folderName = 'deduplication_logs';

/** Parts get their names one after the other, so only the last lines can be without one; this many are looked at. */
const linesLookedAt = 64;

export interface OrphanedToken {
  readonly logFile: string;
  readonly part: string;
  readonly blockId: string;
}

/** Tokens near the end of each table's log whose part is not there, neither itself nor merged into a larger one. */
export function findOrphanedTokens(storePath: string): readonly OrphanedToken[] {
  const orphaned: OrphanedToken[] = [];
  for (const table of tableFolders(storePath)) {
    const logFile = newestLog(table);
    if (logFile === undefined) continue;
    const parts = readdirSync(table)
      .map(readPartName)
      .filter((part) => part !== undefined);
    const open = new Map<string, OrphanedToken>();
    for (const line of readFileSync(logFile, 'utf8').split('\n').slice(-linesLookedAt)) {
      const [operation, part, blockId] = line.split('\t');
      if (part === undefined || blockId === undefined) continue;
      if (operation === '1') open.set(blockId, { logFile, part, blockId });
      else open.delete(blockId);
    }
    for (const token of open.values()) if (!isCovered(token.part, parts)) orphaned.push(token);
  }
  return orphaned;
}

/** Notes the tokens as dropped. Only while no engine has the store open: it reads the log once, when it starts. */
export function forgetTokens(tokens: readonly OrphanedToken[]): void {
  for (const { logFile, part, blockId } of tokens) appendFileSync(logFile, `2\t${part}\t${blockId}\n`);
  for (const logFile of new Set(tokens.map((token) => token.logFile))) sync(logFile);
}

/** ClickHouse syncs the parts but not this log; without it a segment replayed after a power cut would count twice. */
export function syncDeduplicationLogs(storePath: string, tables: readonly string[]): void {
  for (const table of tables) {
    const logFile = newestLog(join(storePath, 'data', 'default', table));
    if (logFile !== undefined) sync(logFile);
  }
}

function tableFolders(storePath: string): readonly string[] {
  const database = join(storePath, 'data', 'default');
  return entries(database).map((name) => join(database, name));
}

function newestLog(table: string): string | undefined {
  const numbers = entries(join(table, folderName))
    .map((name) => /^deduplication_log_(\d+)\.txt$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number);
  return numbers.length === 0 ? undefined : join(table, folderName, `deduplication_log_${Math.max(...numbers)}.txt`);
}

interface PartName {
  readonly partition: string;
  readonly minBlock: number;
  readonly maxBlock: number;
}

/** `20260131_4_9_2`: partition, first and last block, level, and perhaps a mutation. */
function readPartName(name: string): PartName | undefined {
  const match = /^([0-9A-Za-z]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name);
  if (match === null) return undefined;
  return { partition: match[1] ?? '', minBlock: Number(match[2]), maxBlock: Number(match[3]) };
}

function isCovered(name: string, parts: readonly PartName[]): boolean {
  const part = readPartName(name);
  if (part === undefined) return true;
  return parts.some(
    ({ partition, minBlock, maxBlock }) =>
      partition === part.partition && minBlock <= part.minBlock && maxBlock >= part.maxBlock,
  );
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
