/** A statement that a program sends, as data: run as it is, with what must be asked of the store filled in. */
export interface Statement {
  /** Where in the program it comes from. */
  readonly of: string;
  readonly sql: string;
  /** Values of `{name:Type}`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Settings that the program sends beside it. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the answer may be without rows. */
  readonly empty?: boolean;
}
