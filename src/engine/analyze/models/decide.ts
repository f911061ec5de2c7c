import type { Family } from './artefact.ts';
import { percent, type Tried, whyUnproven } from './prove.ts';
import type { Candidate, TrainedModels } from './train-request.ts';

/** A candidate must find so much more, as a share of the combinations. */
const margin = 0.02;
/** Where usual windows score so many times what was usual, or so little, a model no longer knows this service. */
const offTimes = 1.5;
/** An autoencoder must find so much that the linear model does not. */
const leastAdded = 0.05;

export interface Verdict {
  readonly family: Family;
  readonly candidate: Candidate;
  readonly takesOver: boolean;
  readonly why: string;
  /** What becomes of the model that was current: it stays, gives way to the candidate, or may no longer vote. */
  readonly current: { readonly id: string; readonly stays: boolean; readonly why: string } | null;
}

/** Which candidates take over: a better one, tried on the same windows. @param pinned ids of models that stay in any case */
export function decide({ candidates, current }: TrainedModels, pinned: ReadonlySet<string>): readonly Verdict[] {
  const linear = verdictOn('linear', candidates, current, pinned, null);
  const voting = linear === null ? null : votingAfter(linear, current);
  const wide = verdictOn('autoencoder', candidates, current, pinned, voting);
  return [linear, wide].filter((verdict) => verdict !== null);
}

type Current = TrainedModels['current'][number];

function verdictOn(
  family: Family,
  candidates: readonly Candidate[],
  currents: readonly Current[],
  pinned: ReadonlySet<string>,
  linear: Tried | null,
): Verdict | null {
  const candidate = candidates.find(({ card }) => card.family === family);
  if (candidate === undefined) return null;
  const former = currents.find((one) => one.family === family) ?? null;
  const rejected = (why: string, stays = true, formerWhy = ''): Verdict => {
    const current = former === null ? null : { id: former.id, stays, why: formerWhy };
    return { family, candidate, takesOver: false, why, current };
  };
  if (former !== null && pinned.has(former.id)) return rejected('the pinned model stays');
  const unfit = whyUnfit(candidate.tried, linear);
  const formerUnfit = former === null || former.tried === null ? null : whyUnfit(former.tried, linear);
  if (unfit !== null) return rejected(unfit, formerUnfit === null, formerUnfit ?? '');
  const better = whyBetter(candidate.tried, former?.tried ?? null, formerUnfit);
  if (better === null)
    return rejected(`it finds ${found(candidate.tried)}, the current model ${found(former!.tried!)}`);
  const current =
    former === null ? null : { id: former.id, stays: false, why: `${candidateName(candidate)} took over` };
  return { family, candidate, takesOver: true, why: better, current };
}

const candidateName = ({ card }: Candidate): string =>
  `the model of ${new Date(card.trainedMs).toISOString().slice(0, 16)}Z`;

/** Why a model may not vote, or `null`. @param linear what the linear model that votes found; `null` for a linear one itself */
function whyUnfit(tried: Tried, linear: Tried | null): string | null {
  const unproven = whyUnproven(tried.proof);
  if (unproven !== null || linear === null) return unproven;
  const added = tried.hits.filter((hit, index) => hit && linear.hits[index] === false).length / tried.hits.length;
  return added >= leastAdded
    ? null
    : `it finds ${found(tried)}, but only ${percent(added)} that the linear model does not: it brings nothing`;
}

function whyBetter(candidate: Tried, former: Tried | null, formerUnfit: string | null): string | null {
  const finds = `it finds ${found(candidate)}`;
  if (former === null) return finds;
  if (formerUnfit !== null) return `${finds}; of the model before: ${formerUnfit}`;
  if (candidate.proof.found > former.proof.found + margin) return `${finds}, the model before ${found(former)}`;
  const { median } = former.proof;
  const isOff = median > offTimes || median < 1 / offTimes;
  return isOff && candidate.proof.found >= former.proof.found - margin
    ? `${finds}, the model before as much, but usual windows score ${median.toFixed(1)} times what was usual for that`
    : null;
}

const found = ({ proof }: Tried): string => `${percent(proof.found)} of wrong combinations`;

/** What the linear model that votes after the verdict found; `null` where none does. */
function votingAfter({ takesOver, candidate, current }: Verdict, currents: readonly Current[]): Tried | null {
  if (takesOver) return candidate.tried;
  return current?.stays === true ? (currents.find(({ id }) => id === current.id)?.tried ?? null) : null;
}
