import { parseArgs } from 'node:util';

/** What a flag of a fault command takes, and what it is where it is not given. */
export interface Flag<Value> {
  readonly fallback: Value;
  /** What it must be, in words; `null` for one that takes no value. */
  readonly takes: string | null;
  /** `undefined` where the text is nothing that the flag takes. */
  readonly read: (text: string) => Value | undefined;
}

/** A whole number, written in digits: a count of runs, a seed. */
export function count(fallback: number, least = 1): Flag<number> {
  return {
    fallback,
    takes: `a whole number from ${least} on`,
    read: (text) => (/^\d{1,15}$/.test(text) && Number(text) >= least ? Number(text) : undefined),
  };
}

/** A number above 0 with or without a fraction: minutes, a share. */
export function amount(fallback: number, most = Number.MAX_SAFE_INTEGER): Flag<number> {
  return {
    fallback,
    takes: most === Number.MAX_SAFE_INTEGER ? 'a number above 0' : `a number above 0, ${most} at most`,
    read: (text) =>
      /^\d{1,12}(\.\d{1,9})?$/.test(text) && Number(text) > 0 && Number(text) <= most ? Number(text) : undefined,
  };
}

export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words): Flag<Words[number]> {
  return {
    fallback: words[0],
    takes: `one of ${words.join(', ')}`,
    read: (text) => words.find((word) => word === text),
  };
}

export const text: Flag<string | undefined> = {
  fallback: undefined,
  takes: 'a text',
  read: (given) => (given === '' ? undefined : given),
};

export const given: Flag<boolean> = { fallback: false, takes: null, read: () => undefined };

type Flags = Readonly<Record<string, Flag<unknown>>>;
type Values<Of extends Flags> = { readonly [Name in keyof Of]: Of[Name] extends Flag<infer Value> ? Value : never };

/** Every fault command prints JSON when it is asked to. */
const common = { json: given } as const;

/**
 * The flags of a command line, without `process.argv`'s first two words.
 * @throws Error that says what is wrong, and which flags there are
 */
export function parseFlags<const Of extends Flags>(flags: Of, argv: readonly string[]): Values<Of & typeof common> {
  const all: Flags = { ...flags, ...common };
  const known = Object.entries(all)
    .map(([name, { takes }]) => `--${name}${takes === null ? '' : ` <${takes}>`}`)
    .join('\n  ');
  const wrong = (what: string): Error => new Error(`${what}. There are:\n  ${known}`);
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, options: optionsOf(all) });
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(all).map(([name, { fallback }]) => [name, fallback]),
  );
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') throw wrong(`"${token.value}" belongs to no flag`);
    const flag = Object.hasOwn(all, token.name) ? all[token.name] : undefined;
    if (flag === undefined) throw wrong(`${token.rawName} is unknown`);
    if (flag.takes === null) {
      if (token.value !== undefined) throw wrong(`--${token.name} takes no value`);
      values[token.name] = true;
      continue;
    }
    const value = token.value === undefined ? undefined : flag.read(token.value);
    if (value === undefined) throw wrong(`--${token.name} takes ${flag.takes}, not "${token.value ?? ''}"`);
    values[token.name] = value;
  }
  return values as Values<Of & typeof common>;
}

function optionsOf(flags: Flags): Record<string, { type: 'string' | 'boolean' }> {
  const type = ({ takes }: Flag<unknown>) => (takes === null ? ('boolean' as const) : ('string' as const));
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, { type: type(flag) }]));
}

/** The flags of this process; where they are wrong it says so and ends with 2. */
export function readFlags<const Of extends Flags>(flags: Of): Values<Of & typeof common> {
  try {
    return parseFlags(flags, process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

/**
 * How a fault command ends: 0 when the promise was kept, 1 when not, and 2 when nothing was tried, which proves nothing.
 * @param tried what was acknowledged, sent or looked at
 */
export function endWith(kept: boolean, tried: number): void {
  if (!(tried > 0)) process.stderr.write('nothing was tried: this run says nothing\n');
  process.exitCode = tried > 0 ? (kept ? 0 : 1) : 2;
}
