/**
 * The folder of public data that a board is asked for with `--data`. Without one it says how to call it, and ends with 2.
 * @param use the command's words
 * @param holds what the folder holds, and where the data come from
 */
export function dataFolder(data: string | undefined, use: string, holds: string): string {
  if (data !== undefined && data !== '') return data;
  process.stderr.write(`Use: ${use}\nDIR: ${holds}\n`);
  process.exit(2);
}
