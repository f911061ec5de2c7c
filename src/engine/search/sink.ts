import { Effect } from 'effect';
import { EngineUnavailable } from '../domain/errors.ts';

/** Where output bytes go; a Node stream is one. */
export interface Sink {
  write(chunk: Uint8Array): boolean;
  once?(event: 'drain' | 'close', listener: () => void): unknown;
  off?(event: 'drain' | 'close', listener: () => void): unknown;
  readonly destroyed?: boolean;
}

/** Copies an answer to a sink as it arrives, at the sink's pace. A reader that went away (`| head`) ends it quietly. */
export function writeAll(chunks: AsyncIterable<Uint8Array>, out: Sink): Effect.Effect<void, EngineUnavailable> {
  return Effect.tryPromise({
    try: async (interrupted) => {
      for await (const chunk of chunks) {
        if (out.destroyed === true || interrupted.aborted) return;
        if (out.write(chunk) || out.once === undefined) continue;
        await new Promise<void>((resolve) => {
          const go = (): void => {
            out.off?.('drain', go);
            out.off?.('close', go);
            resolve();
          };
          out.once?.('drain', go);
          out.once?.('close', go);
        });
      }
    },
    catch: (error) =>
      new EngineUnavailable({ endpoint: 'query', reason: error instanceof Error ? error.message : String(error) }),
  });
}
