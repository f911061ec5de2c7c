import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';

/** The columns of these names, or all where none is named. */
export const chosenColumns = Effect.fnUntraced(function* <Column extends { readonly name: string }>(
  columns: readonly Column[],
  names: readonly string[],
): Effect.fn.Return<readonly Column[], BadInput> {
  const missing = names.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0) {
    return yield* new BadInput({
      what: `Cannot use --column ${missing.join(', ')}`,
      why: `the columns of numbers are: ${columns.map(({ name }) => name).join(', ')}`,
      hint: `--column ${columns[0]?.name ?? ''}`,
    });
  }
  return names.length === 0 ? columns : columns.filter(({ name }) => names.includes(name));
});
