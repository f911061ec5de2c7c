import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { traceIdIn } from '../trace-id-text.ts';

/** Fewer digits on a line of their own may be a count. */
const leastDigits = 16;

/**
 * Names as typed, with `-` replaced by the trace ids on standard input, each once: whole ids wherever they stand (what
 * `obs traces --json` prints, logs), shorter ones on lines of their own.
 * @param text null where standard input is a terminal: nobody pipes anything
 */
export const pipedNames = Effect.fnUntraced(function* (
  argv: readonly string[],
  text: string | null,
): Effect.fn.Return<readonly string[], BadInput> {
  const ids = text === null ? [] : idsIn(text);
  if (ids.length > 0) return [...new Set([...argv.filter((name) => name !== '-'), ...ids])];
  return yield* new BadInput({
    what: '`-` stands for trace ids on standard input, and there are none',
    why:
      text === null
        ? 'standard input is this terminal'
        : text.trim() === ''
          ? 'standard input is empty'
          : 'no trace id (32 hex digits) is in what it holds',
    hint: 'obs traces --errors --json | obs explain -',
  });
});

const idsIn = (text: string): readonly string[] =>
  text.split('\n').flatMap((line) => {
    const whole = line.match(/\b[0-9a-f]{32}\b/gi);
    if (whole !== null) return whole;
    return (traceIdIn(line)?.length ?? 0) >= leastDigits ? [line.trim()] : [];
  });
