import { BadInput } from '../../domain/errors.ts';
import type { InputError } from '../input/errors.ts';
import { badRowsText } from './notes.ts';

/** Why a file could not be analysed, as every command says it. */
export function asBadInput(error: InputError): BadInput {
  switch (error._tag) {
    case 'InputUnreadable':
      return new BadInput({
        what: `Cannot read ${error.source}`,
        why: reasons[error.reason] ?? error.reason,
        hint: 'Check the path and its permissions, or pipe the data in',
      });
    case 'InputEmpty':
      return new BadInput({
        what: `There is nothing in ${error.source}`,
        why: 'it has no rows',
        hint: 'Check what writes it',
      });
    case 'NoNumericColumn':
      return new BadInput({
        what: `There is nothing to measure in ${error.source}`,
        why: `no column holds numbers; columns: ${error.columns.join(', ') || 'none'}${badRowsText(error.badRows, error.badRows.length)}`,
        hint: 'CSV or NDJSON with at least one column of numbers; `obs patterns` reads log lines',
      });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EISDIR: 'it is a folder',
  Z_DATA_ERROR: 'its gzip data are damaged',
  Z_BUF_ERROR: 'its gzip data end too early',
};
