import type { Event } from './events.ts';
import type { Model } from './model.ts';
import { update } from './update.ts';

/** Holds the state. Listeners hear of a change once, after all events that came together have been taken in. */
export interface StateStore {
  get(): Model;
  send(event: Event): void;
  sendAll(events: readonly Event[]): void;
  subscribe(listener: () => void): () => void;
}

export function createStateStore(initial: Model): StateStore {
  let model = initial;
  const listeners = new Set<() => void>();
  const sendAll = (events: readonly Event[]): void => {
    const next = events.reduce(update, model);
    if (next === model) return;
    model = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => model,
    send: (event) => sendAll([event]),
    sendAll,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
