import type { Event } from './events.ts';
import type { Model } from './model.ts';
import { update } from './update.ts';

/** Holds the state. Listeners hear of a change once, after all events that came together have been taken in. */
export interface StateStore {
  get(): Model;
  send(event: Event): void;
  subscribe(listener: () => void): () => void;
}

export function createStateStore(initial: Model): StateStore {
  let model = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => model,
    send(event) {
      const next = update(model, event);
      if (next === model) return;
      model = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
