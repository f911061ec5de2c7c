/** Prints `passed failed skipped` of a vitest JSON report. */
import { readFileSync } from 'node:fs';

const [, , path = ''] = process.argv;
const report = JSON.parse(readFileSync(path, 'utf8')) as {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
};
// A file that cannot even be loaded has no tests to fail.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
).length;
process.stdout.write(`${report.numPassedTests} ${report.numFailedTests + brokenFiles} ${report.numPendingTests}\n`);
