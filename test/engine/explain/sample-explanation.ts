import { withRows, type Evidence, type EvidenceRow } from '../../../src/engine/explain/evidence/evidence.ts';
import type { Explanation, Finding, ShapeName, Suspect, Symptom } from '../../../src/engine/explain/explanation.ts';
import { explanationOf } from './drawn-context.ts';

/** Answers of every kind that formats must be able to show, made by hand: what a store gave is tested elsewhere. */

const at = (time: string): string => `2026-03-14T${time}Z`;

export const evidence = (title: string, rows: readonly EvidenceRow[]): Evidence =>
  withRows(
    {
      title,
      sql: `SELECT ${Object.keys(rows[0] ?? { nothing: 0 }).join(', ')}\nFROM obs_red_10s -- ${title.replaceAll(/[^\w ]/g, '')}\nWHERE Time >= toDateTime('2026-03-14 10:00:00', 'UTC')\nORDER BY 1 LIMIT 50`,
    },
    rows,
  );

/** Nothing in it but what every answer has. */
export function emptyAnswer(more: Partial<Explanation> = {}): Explanation {
  return {
    version: 2,
    question: { ask: 'range', range: { fromMs: Date.parse(at('10:00:00')), toMs: Date.parse(at('10:15:00')) } },
    scope: {
      from: at('10:00:00.000'),
      to: at('10:15:00.000'),
      usualFrom: null,
      usualTo: null,
      onset: null,
      services: [],
      spans: 0,
      tracesRead: 0,
    },
    verdict: {
      sentence: 'Nothing was called in these 15 min.',
      finding: null,
      culprit: null,
      severity: null,
      confidence: 0,
    },
    suspects: [],
    symptoms: [],
    without: null,
    trace: null,
    path: [],
    spans: [],
    errors: null,
    findings: [],
    attributes: [],
    changes: [],
    anomalies: [],
    logs: [],
    missing: [],
    next: [],
    ...more,
  };
}

/** A store without telemetry of that time. */
export const emptyStore = (): Explanation =>
  emptyAnswer({
    missing: [{ text: 'No span was received in that time.', settle: 'Check `obs status`, or ask about another time' }],
    next: [{ command: 'obs status', why: 'what arrives, and since when' }],
  });

/** All is as ever. */
export const nothingUnusual = (): Explanation =>
  emptyAnswer({
    scope: {
      from: at('10:00:00.000'),
      to: at('10:15:00.000'),
      usualFrom: at('09:30:00.000'),
      usualTo: at('10:00:00.000'),
      onset: null,
      services: ['cart', 'checkout', 'payment', 'web'],
      spans: 48_210,
      tracesRead: 0,
    },
    verdict: {
      sentence: 'Nothing unusual in 15 min: 6,120 calls of 14 operations in 4 services, 3 failed, no more than usual.',
      finding: null,
      culprit: null,
      severity: null,
      confidence: 0.9,
    },
    next: [{ command: 'obs traces --since 15m --slowest', why: 'the slowest traces all the same' }],
  });

/** A checkout that waits for a bank, as a drawing, and what its operations usually take. */
export const slowBank = `
  web: POST /checkout                 server  0 +2000
    web: POST /checkout               client  2 +1995
      checkout: POST /checkout        server  4 +1990
        checkout: SELECT customers    client 10 +30 db.system.name=sqlite
        checkout: POST /payments      client 50 +1930
          payment: POST /payments     server 52 +1925
            payment: POST /charges    client 55 +1900 service.peer.name=bank`;
export const slowBankUsual = {
  'web POST /checkout': 200,
  'checkout POST /checkout': 190,
  'checkout SELECT customers': 30,
  'checkout POST /payments': 100,
  'payment POST /payments': 95,
  'payment POST /charges': 80,
};

/** Shapes come and go; what a format makes of a finding does not depend on which there are. */
const withFinding = (answer: Explanation, shape: ShapeName): Explanation => ({
  ...answer,
  findings: answer.findings.filter(({ id }) => id === shape),
  suspects: answer.suspects.slice(0, 1),
});

/** One trace, whose bank answered late. */
export const slowTrace = (): Explanation =>
  withFinding(explanationOf(slowBank, { usual: slowBankUsual }), 'slow-dependency');

/** One trace that failed. */
export const failedTrace = (): Explanation =>
  withFinding(
    explanationOf(`
  web: POST /order          server  0 +60 error
    web: POST /reserve      client  5 +50 error
      stock: POST /pick     server 10 +20 error="no dock"`),
    'error-origin',
  );

const symptom = (
  service: string,
  operation: string,
  change: Partial<Symptom> & Pick<Symptom, 'what' | 'usual' | 'present'>,
): Symptom => ({
  service,
  operation,
  kind: 'Server',
  calls: 1180,
  failed: 0,
  since: at('10:04:20.000'),
  sentence: `${service} "${operation}" takes far longer than usual.`,
  evidence: [
    evidence(`${service} "${operation}", now and usually`, [
      { time: 'now', calls: '1180', errors: '0', mean_ms: change.present },
      { time: 'usually', calls: '5220', errors: '0', mean_ms: change.usual },
    ]),
  ],
  ...change,
});

const suspect = (name: string, confidence: number, more: Partial<Suspect> = {}): Suspect => ({
  kind: 'service',
  name,
  service: name,
  score: Math.log(confidence / (1 - confidence)) + 5,
  confidence,
  since: null,
  why: [],
  evidence: [],
  ...more,
});

const poolFinding: Finding = {
  id: 'pool-wait',
  title: 'payment waits for a connection of its pool',
  severity: 'critical',
  culprit: { service: 'payment', operation: 'POST /charges', spanId: '0000000000000007' },
  explains: { ms: 1780, percent: 89 },
  sentences: [
    'Between the start of "POST /charges" and its statement 1.78 s pass in no span; the statement itself takes 4 ms.',
    'All 10 connections were in use from 10:04:20 on.',
  ],
  spans: ['0000000000000007'],
  confidence: 0.86,
  evidence: [
    evidence('Connections of the pool', [
      { time: '10:04:10', metric: 'db.client.connection.count', attributes: '{used}', value: 4 },
      { time: '10:04:20', metric: 'db.client.connection.count', attributes: '{used}', value: 10 },
      { time: '10:04:30', metric: 'db.client.connection.count', attributes: '{used}', value: 10 },
      { time: '10:04:40', metric: 'db.client.connection.count', attributes: '{used}', value: 10 },
    ]),
    evidence('Spans that waited', [
      { span: '0000000000000007', start: '10:06:31.204113', duration_ms: 1900.25, status: 'Unset', message: '' },
    ]),
  ],
};

/** An incident over twelve services, with all that an answer can hold. */
export function incident(): Explanation {
  const trace = slowTrace();
  const others = ['cart', 'inventory', 'search', 'login', 'mail', 'ads', 'rates', 'tax'];
  return {
    ...trace,
    question: { ask: 'incident', id: 'inc-20260314-7f3a' },
    scope: {
      from: at('10:00:00.000'),
      to: at('10:12:00.000'),
      usualFrom: at('09:30:00.000'),
      usualTo: at('10:00:00.000'),
      onset: { at: at('10:04:20.000'), from: at('10:04:10.000'), to: at('10:04:40.000') },
      services: ['web', 'checkout', 'payment', 'gateway', ...others],
      spans: 148_210,
      tracesRead: 9,
    },
    verdict: {
      sentence:
        'gateway "POST /checkout" takes 2.21 s instead of 212 ms since 10:04:30. Why: payment waits for a connection of its pool. Between the start of "POST /charges" and its statement 1.78 s pass in no span; the statement itself takes 4 ms.',
      finding: 'pool-wait',
      culprit: poolFinding.culprit,
      severity: 'critical',
      confidence: 0.86,
    },
    suspects: [
      suspect('payment', 0.86, {
        since: { at: at('10:04:20.000'), from: at('10:04:10.000'), to: at('10:04:40.000') },
        why: [
          'payment waits for a connection of its pool: in 6 of 6 traces that were looked into',
          '97 % of the alarm passes through it, 91 % of that its own (95 ms → 1.93 s)',
          'Version 2.4.1 was deployed 70 s before',
        ],
        evidence: poolFinding.evidence,
      }),
      suspect('payment-7d9f', 0.08, {
        kind: 'instance',
        service: 'payment',
        why: ['Its CPU is at 98 %, its siblings at 41 %'],
        evidence: [
          evidence('CPU by instance', [
            { instance: 'payment-7d9f', cpu: 0.98 },
            { instance: 'payment-1c2b', cpu: 0.41 },
          ]),
        ],
      }),
      suspect('postgres-0', 0.04, { kind: 'host', service: '', why: ['Its disk is busier than usual (61 %)'] }),
      suspect('checkout', 0.01, { why: ['4 of its operations are worse than usual'] }),
    ],
    symptoms: [
      symptom('payment', 'POST /charges', { what: 'duration', usual: 80, present: 1901 }),
      symptom('payment', 'POST /payments', { what: 'duration', usual: 95, present: 1931 }),
      symptom('checkout', 'POST /checkout', { what: 'duration', usual: 190, present: 1990, since: at('10:04:30.000') }),
      symptom('checkout', 'POST /retry', { what: 'traffic', usual: 0.2, present: 4.75, since: at('10:05:00.000') }),
      symptom('web', 'POST /checkout', {
        what: 'errors',
        usual: 0.002,
        present: 0.317,
        failed: 374,
        since: at('10:05:10.000'),
      }),
      symptom('gateway', 'POST /checkout', { what: 'errors', usual: null, present: 0.29, failed: 342, since: null }),
      symptom('gateway', 'POST /checkout', { what: 'duration', usual: 212, present: 2210, since: at('10:04:30.000') }),
    ],
    without: {
      savedMs: 1998,
      savedPercent: 90.4,
      errorsAvoided: 340,
      sentence:
        'Without it gateway "POST /checkout" would take 212 ms on average, not 2.21 s: 90 % less, in 1,180 calls.',
      check: {
        traces: 214,
        holds: true,
        sentence: '214 traces of that time did not pass there, and took 209 ms on average: as usual, so it holds.',
      },
      evidence: [
        evidence('Traces that pass through payment, and those that do not', [
          { touched: 0, traces: '214', failed: '0', mean_ms: 209.113 },
          { touched: 1, traces: '966', failed: '340', mean_ms: 2653.4 },
        ]),
      ],
    },
    findings: [
      poolFinding,
      {
        ...poolFinding,
        id: 'retry-storm',
        title: 'checkout tries "POST /payments" 4 times',
        severity: 'warning',
        culprit: { service: 'checkout', operation: 'POST /payments', spanId: '0000000000000005' },
        explains: { ms: 0, percent: 0 },
        sentences: ['3 of 4 attempts failed with "deadline exceeded".'],
        confidence: 0.6,
        evidence: [],
      },
    ],
    attributes: [
      {
        attributes: [
          { key: 'service.version', value: '2.4.1', comparison: '=', service: 'payment', origin: 'resource' },
        ],
        service: 'payment',
        operation: 'POST /payments',
        bad: 612,
        badAll: 640,
        good: 31,
        goodAll: 540,
        effect: 0.9,
        chance: 1e-12,
        alike: [],
        sentence: '96 % of the bad requests have service.version=2.4.1, 6 % of the good ones.',
        evidence: [
          evidence('Requests by service.version', [
            { value: '2.4.1', bad: '612', good: '31' },
            { value: '2.4.0', bad: '28', good: '509' },
          ]),
        ],
      },
      {
        attributes: [
          { key: 'tenant', value: 'acme', comparison: '=', service: 'web', origin: 'span' },
          { key: 'cloud.region', value: 'eu-west-1', comparison: '=', service: 'web', origin: 'resource' },
        ],
        service: 'web',
        operation: 'POST /checkout',
        bad: 200,
        badAll: 640,
        good: 40,
        goodAll: 540,
        effect: 0.24,
        chance: 0.0004,
        alike: [],
        sentence: '31 % of the bad requests have tenant=acme and cloud.region=eu-west-1, 7 % of the good ones.',
        evidence: [],
      },
    ],
    changes: [
      {
        id: 'chg-2',
        at: at('10:06:00.000'),
        service: 'web',
        kind: 'config',
        sentence: 'A note of the pipeline: raise timeouts of web to 5 s',
        relation: 'after-onset',
        blamed: false,
        evidence: [],
      },
      {
        id: 'chg-1',
        at: at('10:03:10.000'),
        service: 'payment',
        kind: 'deployment',
        sentence: 'payment 2.4.1 in place of 2.4.0',
        relation: 'before-onset',
        blamed: true,
        evidence: [
          evidence('Versions of payment', [{ version: '2.4.1', first_seen: '2026-03-14 10:03:10', calls: '966' }]),
        ],
      },
    ],
    anomalies: [
      {
        id: 'an-1',
        at: at('10:04:30.000'),
        service: 'payment',
        severity: 'critical',
        sentence: 'payment POST /charges: latency far above its forecast',
        evidence: [],
      },
      {
        id: 'an-2',
        at: at('10:04:50.000'),
        service: 'web',
        severity: 'warning',
        sentence: 'web: error rate rises',
        evidence: [],
      },
    ],
    missing: [
      { text: 'No spans came from bank: what happened inside it cannot be seen.', settle: 'Instrument bank' },
      {
        text: 'No metrics of the host of payment-7d9f.',
        settle: 'Run a Collector with the hostmetrics receiver there',
      },
    ],
    next: [
      { command: "obs traces --service payment --operation 'POST /charges' --slowest", why: 'more traces like it' },
      { command: 'obs evidence --all', why: 'run all of this evidence again' },
      { command: 'obs logs --service payment --since 15m --level warn', why: 'what payment logged' },
    ],
  };
}

const nasties = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' OR ''='",
  ']]>--><!--',
  '\u001b[31mred\u001b[0m\u0007\u0000',
  '::error title=x::y',
  '%0A::set-output name=x::y',
  '支払い支払い支払い支払い支払い',
  '👩‍👩‍👧‍👦 family',
  'a\r\nb\u2028c',
  '\u202egnirts',
  '`tick` |pipe| *star* [link](javascript:alert(1)) @everyone',
  '&amp; &lt; &#0;',
  '\ud800 lone',
  'x'.repeat(300),
  '',
] as const;

/** The incident, with every text that telemetry may bring replaced. `texts` come one after the other, again and again. */
export function withTexts(texts: readonly string[] = nasties, answer: Explanation = incident()): Explanation {
  const own = new Set([
    'id',
    'sql',
    'kind',
    'severity',
    'ask',
    'what',
    'relation',
    'comparison',
    'origin',
    'status',
    'finding',
    'version',
  ]);
  let turn = 0;
  const replace = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (own.has(key) || key.endsWith('Id') || /^\d{4}-\d\d-\d\dT/.test(value)) return value;
      return texts[turn++ % texts.length];
    }
    if (Array.isArray(value)) return value.map((each) => replace(each, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        key === 'rows' ? (texts[turn++ % texts.length] ?? name) : name,
        replace(each, name),
      ]),
    );
  };
  return replace(answer, '') as Explanation;
}

export const samples: Readonly<Record<string, () => Explanation>> = {
  'a slow trace': slowTrace,
  'a failed trace': failedTrace,
  'an incident': incident,
  'nothing unusual': nothingUnusual,
  'an empty store': emptyStore,
};
