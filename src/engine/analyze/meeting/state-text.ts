import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { LogMinersState } from './logs/log-miners.ts';
import type { ShapeBookState } from './traces/shape-book.ts';

/** All that mining goes on from after a restart. */
export interface PatternsState {
  readonly version: typeof stateVersion;
  /** Start of the next minute to be mined; `null` before the first one. */
  readonly nextMs: number | null;
  readonly spansPerTrace: number;
  readonly logs: LogMinersState;
  readonly shapes: ShapeBookState;
}

export const stateVersion = 1;

/** What a state may become when it is read: one that was tampered with must not fill the memory. */
const mostBytes = 512 * 1024 * 1024;

/** As text for `obs_analyzer_state`: JSON, compressed, base64. */
export const writeState = (state: PatternsState): string =>
  zstdCompressSync(Buffer.from(JSON.stringify(state))).toString('base64');

/** `null` if it is no state of this version: whatever it is, mining begins anew. */
export function readState(text: string): PatternsState | null {
  try {
    const bytes = zstdDecompressSync(Buffer.from(text, 'base64'), { maxOutputLength: mostBytes });
    const state = JSON.parse(bytes.toString('utf8')) as Partial<PatternsState> | null;
    if (state?.version !== stateVersion || !Array.isArray(state.logs) || !Array.isArray(state.shapes)) return null;
    const isTime = state.nextMs === null || Number.isSafeInteger(state.nextMs);
    return isTime && Number.isFinite(state.spansPerTrace) ? (state as PatternsState) : null;
  } catch {
    return null;
  }
}
