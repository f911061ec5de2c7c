import type { Suspected } from './suspects.ts';
import type { Vote } from './votes.ts';

/** A suspect with this part of the first one's score is told by its best finding before the second one of the first. */
const leastLeading = 1 / 3;
const leastTelling = 0.05;

/**
 * The best finding of each likely suspect leads, the first suspect's before all: it is what the verdict says. Of one
 * service they stay as they were.
 */
export function orderedVotes(votes: readonly Vote[], suspects: readonly Suspected[]): readonly Vote[] {
  const place = new Map(suspects.map(({ service }, index) => [service, index]));
  const of = ({ service }: Vote): number => place.get(service) ?? suspects.length;
  const own = votes.filter(({ score }) => score > 0).toSorted((a, b) => of(a) - of(b));
  const leads = suspects
    .filter(({ score }) => score >= (suspects[0]?.score ?? 0) * leastLeading)
    .flatMap(({ service }) => own.find((vote) => vote.service === service) ?? []);
  // Hints, and what hardly any trace shows, come after all that tells more.
  const telling = own.filter(({ score }) => score >= leastTelling);
  return [...new Set([...leads, ...telling, ...own])];
}
