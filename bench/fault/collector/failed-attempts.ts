import { signals, type Signal } from '../../../src/engine/domain/signals.ts';

/** Why an attempt to export failed, as far as the Collector can know it. */
export type Failure =
  /** No connection: obs cannot have seen the request. */
  | 'not-reached'
  /** obs said that it takes nothing now. */
  | 'refused'
  /** The connection ended or the time was over before there was an answer: the rows may be there already. */
  | 'unanswered';

export interface FailedAttempt {
  readonly route: string;
  readonly signal: Signal;
  readonly failure: Failure;
  readonly error: string;
}

/** Reads one line of the Collector's log; undefined when it is about something else. */
export function attemptOf(line: string): FailedAttempt | undefined {
  if (!line.includes('Exporting failed. Will retry')) return undefined;
  const entry = JSON.parse(line) as Record<string, string | undefined>;
  const error = entry['error'] ?? '';
  const signal = signals.find((name) => name === entry['otelcol.signal']);
  const route = (entry['otelcol.component.id'] ?? '').split('/')[1];
  if (signal === undefined || route === undefined) throw new Error(`a line of the Collector's log not known: ${line}`);
  return { route, signal, failure: failureOf(error), error };
}

function failureOf(error: string): Failure {
  if (/connection refused|reading server preface/.test(error)) return 'not-reached';
  if (/HTTP Status Code [45]\d\d|RetryInfo|is full|stopping|try again/i.test(error)) return 'refused';
  return 'unanswered';
}
