import { createHash } from 'node:crypto';
import type { Anomaly, Incident } from '../../../domain/anomaly.ts';
import { limits } from '../../../domain/limits.ts';
import { printable } from '../../../domain/printable.ts';
import type { IncidentEvent } from '../incident-event.ts';
import { byWeight } from '../order.ts';
import { likeWords } from '../like-words.ts';
import { lasted } from '../times.ts';

/** What is sent, the same at each try. */
export interface HookMessage {
  /** The same for the same event, also after a restart: receivers may know it again by this. */
  readonly eventId: string;
  readonly type: IncidentEvent['type'];
  readonly incident: Incident;
  /** JSON; docs/incidents.md has its fields. */
  readonly body: string;
}

export function messageOfEvent({ type, incident, anomalies }: IncidentEvent): HookMessage {
  const { id, severity, services, endMs, startMs } = incident;
  const eventId = createHash('sha256')
    .update(JSON.stringify([id, type, severity, services, startMs, endMs]))
    .digest('hex')
    .slice(0, 32);
  const sent: readonly Anomaly[] = anomalies.toSorted(byWeight).slice(0, limits.hooks.anomalies);
  const text = textOf(type, incident);
  return {
    eventId,
    type,
    incident,
    body: JSON.stringify({ version: 1, eventId, event: type, text, incident, anomalies: sent }),
  };
}

/** One line for chats, which show a field of this name. */
function textOf(type: IncidentEvent['type'], incident: Incident): string {
  const { id, severity, startMs, endMs, summary, similar } = incident;
  const [first] = similar;
  const parts = [
    `obs: incident ${id} ${type}${endMs === null || type !== 'ended' ? '' : ` after ${lasted(endMs - startMs)}`} (${severity}): ${summary}`,
    ...(first === undefined ? [] : [likeWords(first)]),
  ];
  const text = harmless(parts.join(' · '));
  return text.length > limits.hooks.textCharacters ? `${text.slice(0, limits.hooks.textCharacters - 1)}…` : text;
}

/** Names and texts come from telemetry: none of them may link, or call a whole channel, in a chat. */
function harmless(text: string): string {
  return printable(text).replaceAll('<', '‹').replaceAll('>', '›').replaceAll('@', '＠').replaceAll('&', '＆');
}
