import { PassThrough, Writable } from 'node:stream';
import { Terminal } from '@xterm/headless';

/** A terminal in memory: what a program writes is read as a person would see it. */
export function openTerminal(columns: number, rows: number) {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  const written: string[] = [];
  const stdout = Object.assign(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written.push(chunk.toString());
        terminal.write(chunk.toString(), done);
      },
    }),
    { isTTY: true, columns, rows },
  );
  let isRaw = false;
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => {
      isRaw = raw;
      return stdin;
    },
    ref: () => stdin,
    unref: () => stdin,
  });
  return {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    type: (keys: string): void => void stdin.write(keys),
    resize: (newColumns: number, newRows: number): void => {
      terminal.resize(newColumns, newRows);
      Object.assign(stdout, { columns: newColumns, rows: newRows });
      stdout.emit('resize');
    },
    write: (text: string): Promise<void> => new Promise((resolve) => terminal.write(text, resolve)),
    /** The screen as text. */
    screen: (): string => screenText(terminal),
    isRaw: () => isRaw,
    isAlternate: () => terminal.buffer.active.type === 'alternate',
    written: () => written.join(''),
  };
}

function screenText(terminal: Terminal): string {
  const { active } = terminal.buffer;
  return Array.from(
    { length: terminal.rows },
    (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? '',
  ).join('\n');
}

/** Looks again and again until it is so; says what was there when it never is. */
export async function until(isSo: () => boolean, what: () => string, patienceMs = 15_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`waited ${patienceMs} ms in vain; last seen:\n${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
