/** Where progress is told: standard error, or anything like it. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
}

/** Tells a person what happens meanwhile: one line that is rewritten in a terminal, only the steps in a pipe. */
export interface Progress {
  /** Something worth keeping on the screen. */
  readonly step: (text: string) => void;
  /** What is going on right now; the next call replaces it. */
  readonly status: (text: string) => void;
  /** Removes the status line. */
  readonly clear: () => void;
}

const eraseLine = '\r\u001b[2K';

export function progressOn(stream: ProgressStream): Progress {
  const clear = (): void => {
    if (stream.isTTY === true) stream.write(eraseLine);
  };
  return {
    clear,
    step: (text) => {
      clear();
      stream.write(`${text}\n`);
    },
    status: (text) => {
      if (stream.isTTY !== true) return;
      const width = Math.max(20, (stream.columns ?? 80) - 1);
      stream.write(`${eraseLine}${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
    },
  };
}
