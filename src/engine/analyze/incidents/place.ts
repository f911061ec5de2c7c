import type { Anomaly } from '../../domain/anomaly.ts';

/** Where an anomaly is: a service, or a host, of which no calls are known. */
export interface Place {
  readonly kind: 'service' | 'host';
  readonly name: string;
}

export function placeOf(anomaly: Anomaly): Place {
  if (anomaly.service !== '') return { kind: 'service', name: anomaly.service };
  return { kind: 'host', name: anomaly.carriers.find(({ kind }) => kind === 'host')?.subject ?? '' };
}

/** The same text for the same place alone. */
export const placeKey = ({ kind, name }: Place): string => `${kind}:${name}`;
