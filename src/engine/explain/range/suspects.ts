import type { RankedEntity } from '../../cause/result.ts';
import { whyOf } from '../../cause/why.ts';
import { confidences } from '../confidence.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import type { SuspectKind } from '../explanation.ts';
import { printable } from '../../domain/printable.ts';
import { countText } from '../format.ts';
import type { HostTrouble } from './host-trouble.ts';
import type { SilentService } from './silent.ts';
import { sum } from './sums.ts';
import type { Vote } from './votes.ts';
import type { Worse } from './symptoms.ts';

/** What makes a service suspect, each in natural-log units of how much likelier the data are with it at fault. */
export interface Reason {
  readonly source: 'shapes' | 'calls' | 'records' | 'silent' | 'change' | 'itself' | 'host';
  readonly score: number;
  readonly why: string;
  /** Where it is not made from what the investigation holds: see reason-evidence.ts. */
  readonly evidence?: readonly EvidenceQuery[];
}

/** A suspect before its evidence is fetched. */
export interface Suspected {
  readonly kind: SuspectKind;
  readonly name: string;
  readonly service: string;
  readonly instance: string | null;
  readonly host: string | null;
  readonly score: number;
  readonly confidence: number;
  /** The weightiest first. */
  readonly reasons: readonly Reason[];
  /** What shows best that it is the cause; null where traces show no known shape in it. */
  readonly vote: Vote | null;
  /** Unix milliseconds. */
  readonly sinceMs: { readonly at: number; readonly from: number; readonly to: number } | null;
}

/** What another source found in one instance of a service. */
export interface InstanceFinding {
  readonly service: string;
  readonly instance: string;
  readonly host: string;
  readonly instances: number;
  readonly score: number;
  readonly sentence: string;
  readonly onsetMs: number | null;
}

export interface SuspectSources {
  readonly votes: readonly Vote[];
  /** From each service that customers feel it at. */
  readonly flows: readonly RankedEntity[];
  readonly silent: readonly SilentService[];
  readonly records: readonly InstanceFinding[];
  readonly worse: readonly Worse[];
  /** Nats by service that a change shortly before the onset adds. */
  readonly changes: ReadonlyMap<string, Reason>;
  /** A host whose services suffer together. */
  readonly host: HostTrouble | null;
}

/** A shape that all bad traces show and no usual one is worth so many nats; so is a service that all of the alarm is due to. */
const weight = { shapes: 9, calls: 5, flowStrength: 30, silent: 8, itself: 1.5 } as const;
/** Records judge each instance without limit; what lies beyond this counts by its logarithm. */
const mostOfRecords = 25;
const bounded = (score: number): number =>
  score <= mostOfRecords ? score : mostOfRecords + Math.log1p(score - mostOfRecords);
/** Less is what services without any fault reach. */
const leastScore = 0.7;
const mostSuspects = 10;

/** Services by how likely each is the cause, the likeliest first. Equal scores are ordered by name. */
export function suspectsOf(sources: SuspectSources): readonly Suspected[] {
  const services = new Set([
    ...sources.votes.map(({ service }) => service),
    ...sources.flows.map(({ name }) => name),
    ...sources.silent.map(({ service }) => service),
    ...sources.records.map(({ service }) => service),
    ...sources.worse.map(({ service }) => service),
  ]);
  const own = [...services].filter((service) => service !== '').map((service) => draftOf(service, sources));
  const drafts = [...own, ...hostDraft(sources.host, own)]
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1))
    .slice(0, mostSuspects);
  const sure = confidences(drafts.map(({ score }) => score));
  return drafts.map((draft, at) => ({ ...draft, confidence: sure[at]! }));
}

/** What two services and more have in common explains each of them at once: it is likelier than the likeliest of them. */
const hostBonus = 2;

function hostDraft(
  trouble: HostTrouble | null,
  drafts: readonly Omit<Suspected, 'confidence'>[],
): readonly Omit<Suspected, 'confidence'>[] {
  if (trouble === null) return [];
  const suffering = drafts.filter(({ service }) => trouble.origins.includes(service));
  const worst = suffering.toSorted((a, b) => b.score - a.score)[0];
  const score = (worst?.score ?? 0) + hostBonus;
  return [
    {
      kind: 'host',
      name: trouble.host,
      service: '',
      instance: null,
      host: trouble.host,
      score,
      reasons: [{ source: 'host', score, why: trouble.why }],
      vote: null,
      sinceMs: worst?.sinceMs ?? null,
    },
  ];
}

function draftOf(service: string, sources: SuspectSources): Omit<Suspected, 'confidence'> {
  const votes = sources.votes.filter((one) => one.service === service);
  const [vote] = votes;
  const shapes = votes.reduce((most, { score }) => Math.max(most, score), 0);
  const flow = sources.flows.filter(({ name }) => name === service).toSorted((a, b) => b.score - a.score)[0];
  const own = sources.worse.filter((worse) => worse.service === service && worse.deviation.what !== 'traffic');
  const instances = byInstance(sources.records.filter((record) => record.service === service));
  const [instance] = instances;
  const reasons: Reason[] = [];
  if (vote !== undefined && shapes > 0) {
    reasons.push({ source: 'shapes', score: weight.shapes * shapes, why: voteText(vote) });
  }
  if (flow !== undefined && flow.score > 0) {
    reasons.push({ source: 'calls', score: (weight.calls * flow.score) / weight.flowStrength, why: callsText(flow) });
  }
  if (instance !== undefined) {
    reasons.push({ source: 'records', score: bounded(instance.score), why: instance.sentence });
  }
  const silent = sources.silent.find((one) => one.service === service);
  if (silent !== undefined) reasons.push({ source: 'silent', score: weight.silent, why: silentText(silent) });
  if (own.length > 0) {
    reasons.push({
      source: 'itself',
      score: weight.itself * Math.min(1, own[0]!.deviation.score / 20),
      why: `${own.length} of its operations ${own.length === 1 ? 'is' : 'are'} worse than usual`,
    });
  }
  const change = sources.changes.get(service);
  if (change !== undefined && reasons.length > 0) reasons.push(change);
  const first = own.toSorted((a, b) => a.deviation.fromSeconds - b.deviation.fromSeconds)[0]?.deviation;
  return {
    ...whatIs(service, silent === undefined && shapes > 0 ? vote : undefined, instances),
    service,
    instance: instance?.instance ?? null,
    host: instance === undefined || instance.host === '' ? null : instance.host,
    score: sum(reasons, ({ score }) => score),
    reasons: reasons.toSorted((a, b) => b.score - a.score),
    vote: vote ?? null,
    sinceMs:
      silent !== undefined
        ? { at: silent.sinceSeconds * 1000, from: (silent.sinceSeconds - 10) * 1000, to: silent.sinceSeconds * 1000 }
        : first !== undefined
          ? { at: first.fromSeconds * 1000, from: first.earliest * 1000, to: first.latest * 1000 }
          : instance?.onsetMs === null || instance === undefined
            ? null
            : { at: instance.onsetMs, from: instance.onsetMs, to: instance.onsetMs },
  };
}

/** What of a service it is: one process, what it depends on, one of its versions, or all of it. */
function whatIs(
  service: string,
  vote: Vote | undefined,
  instances: readonly Instance[],
): Pick<Suspected, 'kind' | 'name'> {
  const [first] = instances;
  if (first !== undefined && isAlone(instances)) {
    return { kind: 'instance', name: first.instance };
  }
  const { dependency, version } = vote?.candidate.culprit ?? {};
  if (dependency !== undefined) return { kind: 'dependency', name: dependency };
  if (version !== undefined) return { kind: 'version', name: version };
  return { kind: 'service', name: service };
}

interface Instance {
  readonly instance: string;
  readonly host: string;
  /** Of its service, itself included. */
  readonly instances: number;
  readonly score: number;
  readonly sentence: string;
  readonly onsetMs: number | null;
}

function byInstance(records: readonly InstanceFinding[]): readonly Instance[] {
  return [...Map.groupBy(records, ({ instance }) => instance)]
    .map(([instance, own]): Instance => {
      const best = own.reduce((a, b) => (b.score > a.score ? b : a));
      const onsets = own.flatMap(({ onsetMs }) => (onsetMs === null ? [] : [onsetMs]));
      return {
        instance,
        host: best.host,
        instances: best.instances,
        score: sum(own, ({ score }) => score),
        sentence: best.sentence,
        onsetMs: onsets.length === 0 ? null : Math.min(...onsets),
      };
    })
    .sort((a, b) => b.score - a.score || (a.instance < b.instance ? -1 : 1));
}

/** One instance has the trouble, and its siblings have next to none of it. */
function isAlone(instances: readonly Instance[]): boolean {
  const [first, second] = instances;
  return (
    first !== undefined &&
    first.instance !== '' &&
    first.instances > 1 &&
    (second === undefined || second.score < first.score / 3)
  );
}

/** Without the engine's own figures, which are weighted: those of its calls are a statement's. */
const callsText = (flow: RankedEntity): string =>
  whyOf({ ...flow, terms: flow.terms.map((term) => (term.term === 'flow' ? { ...term, present: Number.NaN } : term)) });

const silentText = ({ sinceSeconds, expected, failing }: SilentService): string =>
  `it answered nothing since ${new Date(sinceSeconds * 1000).toISOString().slice(11, 19)}, where about ${countText(expected, 'call')} were to be expected, and ${failing.map(printable).join(', ')} ${failing.length === 1 ? 'fails' : 'fail'}`;

const voteText = ({ candidate, traces, of }: Vote): string =>
  of === 1 ? candidate.title : `${candidate.title}: in ${traces} of ${of} traces that were looked into`;
