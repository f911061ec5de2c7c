import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

/** What a connection and the thread that holds its database say to each other. One question at a time. */
export interface SqlQuestion {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export type Row = Readonly<Record<string, SQLOutputValue>>;

export type SqlAnswer = { readonly rows: readonly Row[] } | { readonly error: string };
