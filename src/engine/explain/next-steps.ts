import { printable } from '../domain/printable.ts';
import type { Explanation, Finding } from './explanation.ts';
import type { TraceContext } from './context.ts';

/** Commands to type next, for what was found. Values from telemetry are quoted for a shell. */
export function nextSteps({ data, tree }: TraceContext, findings: readonly Finding[]): Explanation['next'] {
  const steps: { command: string; why: string }[] = [];
  const [first] = findings;
  if (data.logs.length > 0) steps.push({ command: `obs logs --trace ${data.traceId}`, why: 'its log records' });
  if (first?.culprit.version !== undefined) {
    steps.push({
      command: `obs traces${option('--attr', `service.version=${first.culprit.version}`)} --slowest`,
      why: 'other traces of that version',
    });
  } else if (first !== undefined) {
    const by = first.id.startsWith('error') || first.id === 'timeout-cut' ? '--errors' : '--slowest';
    const { service, operation } = first.culprit;
    const of = `${option('--service', service)}${option('--operation', operation)}`;
    steps.push({ command: `obs traces${of} ${by}`, why: 'other traces like it' });
  }
  if (first !== undefined) {
    steps.push({ command: 'obs evidence --all', why: 'whether its evidence still holds' });
  } else {
    steps.push({
      command: `obs traces${option('--service', tree.root.service)} --slowest`,
      why: 'slower traces to explain',
    });
  }
  return steps;
}

/** Left out where the value holds what a terminal would obey: it could not be typed either. */
export const option = (flag: string, value: string): string =>
  printable(value) === value && value !== '' ? ` ${flag} ${shellWord(value)}` : '';

/** A word of a shell: what telemetry says must not become a command. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** One side of `--compare`. */
export const environmentWord = (name: string | undefined): string =>
  shellWord(`deployment.environment.name=${printable(name ?? '')}`);
