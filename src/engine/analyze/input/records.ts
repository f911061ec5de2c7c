/** One row's text as it stands in the input, with the line that it begins in, counted from 1. */
export interface TextRecord {
  readonly line: number;
  readonly text: string;
  /** Why it is no row, when the splitter could already tell. */
  readonly fault?: string;
}

/** A row longer than this is a mistake, most often a quote that is never closed. */
export const longestRecord = 65_536;

/**
 * Cuts text into records at line ends (LF, CRLF or CR alone), but not inside `"quotes"` when those matter. A record
 * that grows too long is given back as faulty, and reading goes on behind its first line: one bad quote costs one row.
 */
export class RecordSplitter {
  readonly #quotes: boolean;
  #rest = '';
  #line = 1;
  /** The rest of a line whose beginning was already refused. */
  #skipping = false;

  /** @param quotes whether a quoted line end belongs to the row (CSV) or ends it (NDJSON) */
  constructor(quotes: boolean) {
    this.#quotes = quotes;
  }

  push(text: string): TextRecord[] {
    this.#rest += text;
    return this.#cut(false);
  }

  end(): TextRecord[] {
    return this.#cut(true);
  }

  #cut(atEnd: boolean): TextRecord[] {
    const records: TextRecord[] = [];
    const text = this.#rest;
    let from = 0;
    while (from < text.length) {
      const end = this.#skipping ? lineEnd(text, from) : recordEnd(text, from, this.#quotes);
      const tooLong = (end === -1 ? text.length : end) - from > longestRecord;
      // A CR as the last character may be half of a CRLF.
      const waits = end === -1 || (end === text.length - 1 && text[end] === '\r');
      if (!this.#skipping && (tooLong || (waits && atEnd && end === -1 && hasLineEnd(text, from)))) {
        from = this.#refuse(records, text, from);
      } else if (waits && !atEnd) {
        if (this.#skipping && end === -1) from = text.length;
        break;
      } else {
        from = this.#take(records, text, from, end === -1 ? text.length : end);
      }
    }
    this.#rest = text.slice(from);
    return records;
  }

  #take(records: TextRecord[], text: string, from: number, end: number): number {
    if (!this.#skipping && end > from) records.push({ line: this.#line, text: text.slice(from, end) });
    this.#skipping = false;
    this.#line += linesIn(text, from, end) + 1;
    return text[end] === '\r' && text[end + 1] === '\n' ? end + 2 : end + 1;
  }

  /** Only the first line of what was too long or never closed. */
  #refuse(records: TextRecord[], text: string, from: number): number {
    const end = lineEnd(text, from);
    const unclosed = end !== -1 && end - from <= longestRecord;
    const fault = unclosed ? 'a quote is not closed' : `longer than ${longestRecord} characters`;
    records.push({
      line: this.#line,
      text: text.slice(from, Math.min(from + 80, unclosed ? end : text.length)),
      fault,
    });
    this.#skipping = true;
    return from;
  }
}

function recordEnd(text: string, from: number, quotes: boolean): number {
  if (!quotes) return lineEnd(text, from);
  let inside = false;
  const last = Math.min(text.length, from + longestRecord + 1);
  for (let at = from; at < last; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) inside = !inside;
    else if (!inside && (code === 10 || code === 13)) return at;
  }
  return -1;
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return -1;
}

const hasLineEnd = (text: string, from: number): boolean => lineEnd(text, from) !== -1;

/** Line ends inside a quoted record. */
function linesIn(text: string, from: number, end: number): number {
  let lines = 0;
  for (let at = lineEnd(text, from); at !== -1 && at < end; at = lineEnd(text, at + 1)) {
    if (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) at++;
    lines++;
  }
  return lines;
}
