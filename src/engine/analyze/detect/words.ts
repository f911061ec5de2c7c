import type { SeriesName } from '../../domain/anomaly.ts';

/** Sentences of what left the usual: "p99 of POST /pay 4.1× its usual 180 ms, since 14:02:10". Times are UTC. */

export interface Told {
  readonly series: SeriesName;
  readonly value: number;
  readonly usual: number;
  readonly sinceMs: number;
  readonly detector: string;
  /** Calls in the window, where the series is of calls. */
  readonly calls: number;
  /** Of a combination: what carries it. */
  readonly together?: readonly { readonly subject: string; readonly feature: string }[];
}

const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

export function wordsOf(told: Told): string {
  return `${claimOf(told)}, since ${timeOfDay(told.sinceMs)}`;
}

function claimOf(told: Told): string {
  const { series, value, usual } = told;
  const { name: subject, calls, silent } = spokenOf(series);
  switch (series.feature) {
    case 'error_rate':
      return `${percent(value)} of ${calls} fail, ${usual < 0.0005 ? 'usually next to none' : `usually ${percent(usual)}`}`;
    case 'calls':
      if (value < 0.05 * usual && value < 1) return `${silent}, usually ${perSecond(usual)}`;
      return compared(calls, value, usual, perSecond);
    case 'logs_error':
    case 'logs_warn': {
      const what = `${series.feature === 'logs_error' ? 'error' : 'warning'} lines of ${subject}`;
      if (usual < 0.5) return `${count(value)} ${what} in 10 s, usually next to none`;
      return compared(what, value, usual, (n) => `${count(n)} in 10 s`);
    }
    case 'logs':
      if (value < 1) return `${subject} writes no log lines, usually ${perSecond(usual)}`;
      return compared(`log lines of ${subject}`, value, usual, perSecond);
    case 'memory_bytes':
      return compared(`memory of ${subject}`, value, usual, bytes);
    case 'cpu':
    case 'memory_share':
    case 'pool_share':
    case 'disk_share':
    case 'eventloop':
      return `${featureWords(series.feature)} of ${subject} at ${percent(value)}, usually ${percent(usual)}`;
    case 'pool_waiting':
      return `${count(value)} wait for a connection of ${subject}, usually ${usual < 0.5 ? 'none' : count(usual)}`;
    default:
      return otherClaim(told, subject);
  }
}

function otherClaim({ series, value, usual, together = [] }: Told, subject: string): string {
  if (series.feature.startsWith('model ')) {
    const parts = together
      .slice(0, 3)
      .map((part) => partWords(part.feature, part.subject === '' ? served(subject) : operationWords(part.subject)));
    const what = parts.length === 0 ? `values of ${subject}` : parts.join(' with ');
    return `${what} in an unusual combination, ${times(value / Math.max(usual, 1e-9))} the usual error of the ${series.feature.slice(6)} model`;
  }
  if (series.feature.endsWith('_ms'))
    return compared(`${featureWords(series.feature)} of ${subject}`, value, usual, milliseconds);
  if (series.feature.endsWith('_bytes'))
    return compared(`${featureWords(series.feature)} of ${subject}`, value, usual, bytes);
  if (series.kind === 'metric') {
    const what =
      series.feature === 'rate' ? `rate of ${subject}` : series.feature === 'mean' ? `mean of ${subject}` : subject;
    return compared(what, value, usual, plain);
  }
  return compared(`${featureWords(series.feature)} of ${subject}`, value, usual, plain);
}

const partWords = (feature: string, { name, calls }: Spoken): string =>
  feature === 'calls' ? calls : `${featureWords(feature)} of ${name}`;

function compared(what: string, value: number, usual: number, unit: (value: number) => string): string {
  const ratio = value / usual;
  if (usual > 0 && ratio >= 1.095 && ratio < 1000) return `${what} ${times(ratio)} its usual ${unit(usual)}`;
  if (usual > 0 && value >= 0 && ratio <= 0.905) return `${what} down to ${percent(ratio)} of its usual ${unit(usual)}`;
  return `${what} at ${unit(value)}, usually ${unit(usual)}`;
}

const known: Readonly<Record<string, string>> = {
  p50_ms: 'p50',
  p95_ms: 'p95',
  p99_ms: 'p99',
  mean_ms: 'mean duration',
  max_ms: 'longest duration',
  error_rate: 'errors',
  cpu: 'CPU',
  memory_bytes: 'memory',
  memory_share: 'memory',
  pool_share: 'pool use',
  pool_waiting: 'waits for the pool',
  disk_share: 'fullest disk',
  eventloop: 'event loop',
  eventloop_delay_ms: 'event loop delay',
  logs: 'log lines',
  logs_error: 'error lines',
  logs_warn: 'warning lines',
};

const featureWords = (feature: string): string =>
  known[feature] ?? feature.replace(/_(?:ms|bytes)$/, '').replaceAll('_', ' ');

/** How a subject is spoken of: by itself, its calls, and that there are none. */
interface Spoken {
  readonly name: string;
  readonly calls: string;
  readonly silent: string;
}

/**
 * An operation as people say it. What is served goes by its name; what is called, sent or done inside is told apart from it:
 * `Server GET /pay` is `GET /pay`, `Client GET /pay` is `calls to GET /pay`.
 */
function operationWords(subject: string): Spoken {
  const space = subject.indexOf(' ');
  const name = subject.slice(space + 1);
  switch (subject.slice(0, Math.max(0, space))) {
    case 'Client':
      return { name: `calls to ${name}`, calls: `calls to ${name}`, silent: `no calls to ${name}` };
    case 'Producer':
      return {
        name: `producer ${name}`,
        calls: `messages of producer ${name}`,
        silent: `producer ${name} sends nothing`,
      };
    case 'Consumer':
      return {
        name: `consumer ${name}`,
        calls: `messages of consumer ${name}`,
        silent: `consumer ${name} gets nothing`,
      };
    case 'Internal':
      return { name: `internal ${name}`, calls: `runs of internal ${name}`, silent: `internal ${name} does not run` };
    case 'Server':
    case 'Unspecified':
      return served(name);
    default:
      return served(subject);
  }
}

const served = (name: string): Spoken => ({ name, calls: `calls of ${name}`, silent: `${name} gets no calls` });

function spokenOf({ kind, service, subject }: SeriesName): Spoken {
  if (kind === 'operation') return operationWords(subject);
  if (kind === 'service') return served(service);
  return served(service === '' || kind === 'host' ? subject : `${subject} of ${service}`);
}

const digits = (value: number, places: number): string => String(Number(value.toFixed(places)));
const plain = (value: number): string =>
  Math.abs(value) >= 100 ? digits(value, 0) : String(Number(value.toPrecision(3)));
const count = (value: number): string => digits(value, value < 10 && value % 1 !== 0 ? 1 : 0);
const times = (ratio: number): string => `${ratio >= 100 ? digits(ratio, 0) : digits(ratio, 1)}×`;
const percent = (share: number): string => {
  const hundredths = share * 100;
  return `${digits(hundredths, Math.abs(hundredths) < 10 && hundredths !== 0 ? 1 : 0)} %`;
};
const perSecond = (inWindow: number): string => `${plain(inWindow / 10)}/s`;

function milliseconds(value: number): string {
  if (value < 1) return `${digits(value, 2)} ms`;
  return value < 10_000 ? `${digits(value, value < 10 ? 1 : 0)} ms` : `${digits(value / 1000, 1)} s`;
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let size = value;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${plain(Number(size.toPrecision(3)))} ${units[unit]}`;
}
