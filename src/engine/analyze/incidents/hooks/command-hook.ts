import { type ChildProcess, spawn } from 'node:child_process';
import { Effect } from 'effect';
import { limits } from '../../../domain/limits.ts';
import { printable } from '../../../domain/printable.ts';
import { NotDelivered, type Send } from './delivery.ts';
import type { HookMessage } from './message.ts';
import { programWords } from '../../../domain/program-words.ts';

/**
 * Runs a program with the message as JSON on its standard input. No shell: what telemetry says is never read as a
 * command. Exit code 0 counts as delivered. Whatever it started is ended with it when it takes too long.
 */
export function commandHook(command: string, timeoutMs: number): Send {
  const words = programWords(command);
  return (message) =>
    words === null
      ? Effect.fail(new NotDelivered({ reason: 'its command has no program, or an open quote', again: false }))
      : Effect.callback<void, NotDelivered>((resume) => {
          const ended = run(words, message, timeoutMs, (failure) =>
            resume(failure === null ? Effect.void : Effect.fail(failure)),
          );
          return Effect.sync(ended.kill);
        });
}

function run(
  [program, ...args]: readonly [string, ...(readonly string[])],
  message: HookMessage,
  timeoutMs: number,
  done: (failure: NotDelivered | null) => void,
): { readonly kill: () => void } {
  let late = false;
  let stderr = '';
  // A group of its own, so that all of it can be ended.
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
    windowsHide: true,
    env: { ...process.env, ...variables(message) },
  });
  const timers = [
    setTimeout(() => {
      late = true;
      killGroup(child, 'SIGTERM');
    }, timeoutMs),
    setTimeout(() => killGroup(child, 'SIGKILL'), timeoutMs + limits.hooks.killMs),
  ];
  const finish = (failure: NotDelivered | null): void => {
    for (const timer of timers) clearTimeout(timer);
    child.stderr.destroy();
    done(failure);
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < limits.hooks.answerBytes) stderr += text;
  });
  // A program that does not read its input is none that failed.
  child.stdin.on('error', () => {});
  child.stdin.end(message.body);
  child.once('error', (error) =>
    finish(new NotDelivered({ reason: `cannot be started: ${printable(error.message)}`, again: false })),
  );
  child.once('exit', (code, signal) => {
    if (late) killGroup(child, 'SIGKILL');
    const told = (): void => finish(outcomeOf(code ?? signal, late ? timeoutMs : null, stderr));
    // What it left running in the background may hold its standard error open for as long as it likes.
    timers.push(setTimeout(told, limits.hooks.lastWordsMs));
    child.once('close', told);
  });
  return {
    kill: () => {
      for (const timer of timers) clearTimeout(timer);
      killGroup(child, 'SIGKILL');
    },
  };
}

/** @param lateMs what it was given, when it took longer */
function outcomeOf(ended: number | NodeJS.Signals | null, lateMs: number | null, stderr: string): NotDelivered | null {
  if (ended === 0 && lateMs === null) return null;
  const how = lateMs === null ? `ended with ${ended}` : `did not end within ${lateMs / 1000} s`;
  const said = printable(stderr.trim()).slice(0, 200);
  return new NotDelivered({ reason: said === '' ? how : `${how}: ${said}`, again: true });
}

/** For scripts that read no JSON: only what obs itself made, and names, which are printable and hold no line ends. */
const variables = ({ eventId, type, incident }: HookMessage): Readonly<Record<string, string>> => ({
  OBS_EVENT: type,
  OBS_EVENT_ID: eventId,
  OBS_INCIDENT_ID: incident.id,
  OBS_INCIDENT_SEVERITY: incident.severity,
  OBS_INCIDENT_ORIGIN: printable(incident.origin),
  OBS_INCIDENT_START: new Date(incident.startMs).toISOString(),
});

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended, or there are no groups here.
    child.kill(signal);
  }
}
