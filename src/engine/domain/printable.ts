/**
 * One line of text that is safe on a terminal: telemetry is untrusted, and an escape sequence in a log line must not
 * move the reader's cursor or set his window title.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/\r?\n/g, '⏎')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '·');
}
