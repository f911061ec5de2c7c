/**
 * `npm run fault:damage -- [--rounds 4] [--rows 2000] [--json]`: damages the embedded engine's files, with the daemon
 * stopped and while it runs, and looks at what obs makes of it: it starts, `obs status` and `obs doctor` name the part, all
 * other rows are there, new ones are taken, and the engine is not restarted over and over.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DamageCase, damageCases, dataCases, partOf } from './fault/damage-cases.ts';
import { doctorAt, type HomeDaemon, startDaemonAt, until } from './fault/home-daemon.ts';
import { spansRequest } from './fault/requests.ts';
import { printTable } from './support/report.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    rows: { type: 'string', default: '2000' },
    running: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const rounds = Number(values.rounds);
const rowsEach = Number(values.rows);

interface Outcome {
  readonly case: string;
  readonly when: 'stopped' | 'running';
  readonly rowsBefore: number;
  readonly rowsInPart: number;
  readonly rowsAfter: number;
  /** From the damage, or the start, until status says it; `null`: it never did. */
  readonly saidAfterMs: number | null;
  readonly doctorSays: boolean;
  readonly takesMore: boolean;
  readonly engineRestarts: number;
  readonly verdict: string;
}

let nextRequest = 0;
/** Each round into a day of its own: parts of different days are never merged, so it is known what a part holds. */
async function send(daemon: HomeDaemon, daysAgo = 0): Promise<void> {
  const answer = await fetch(`${daemon.endpoints.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(spansRequest(nextRequest++, rowsEach, Date.now() - daysAgo * 24 * 3600 * 1000)),
  });
  if (!answer.ok) throw new Error(`refused with ${answer.status}`);
}

const count = async (daemon: HomeDaemon): Promise<number> =>
  Number(
    (
      await daemon.rows<{ n: string }>(
        `SELECT sum(length(toString(tuple(*))) > 0) AS n FROM otel_traces WHERE ServiceName = 'fault-kill'`,
      )
    )[0]?.n,
  );
const loaded = (daemon: HomeDaemon, rows: number) =>
  until('the rows are loaded', 20_000, async () => (await count(daemon)) === rows);

const folder = mkdtempSync(join(tmpdir(), 'obs-damage-'));
const template = join(folder, 'template');
const outcomes: Outcome[] = [];
try {
  cpSync(new URL('../LICENSE', import.meta.url), join(template, 'LICENSE'));
  const first = await startDaemonAt(template);
  for (let round = 0; round < rounds; round++) {
    await send(first, rounds - round);
    await loaded(first, nextRequest * rowsEach);
  }
  await first.stop();
  const rows = rounds * rowsEach;
  for (const damage of values.running === true ? [] : damageCases) report(await whileStopped(damage, rows));
  for (const damage of dataCases) report(await whileRunning(damage, rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report(outcome: Outcome): void {
  outcomes.push(outcome);
  process.stderr.write(`${JSON.stringify(outcome)}\n`);
}

async function whileStopped(damage: DamageCase, rowsBefore: number): Promise<Outcome> {
  const home = join(folder, 'home');
  cpSync(template, home, { recursive: true, verbatimSymlinks: true });
  const path = damage.damage(join(home, 'store'));
  const doctorBefore = damage.costs === 'a part' || (await doctorNames(home, partOf(path)));
  const daemon = await startDaemonAt(home);
  try {
    return await observe(daemon, damage, 'stopped', home, path, rowsBefore, doctorBefore);
  } finally {
    await daemon.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function whileRunning(damage: DamageCase, rowsBefore: number): Promise<Outcome> {
  const home = join(folder, 'home');
  cpSync(template, home, { recursive: true, verbatimSymlinks: true });
  const daemon = await startDaemonAt(home);
  try {
    await count(daemon);
    const path = damage.damage(join(home, 'store'));
    return await observe(daemon, damage, 'running', home, path, rowsBefore, true);
  } finally {
    await daemon.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function observe(
  daemon: HomeDaemon,
  damage: DamageCase,
  when: Outcome['when'],
  home: string,
  path: string,
  rowsBefore: number,
  doctorBefore: boolean,
): Promise<Outcome> {
  const name = partOf(path);
  const unnoticed = damage.unnoticed === true;
  // Somebody reads: that is when a running engine notices.
  await count(daemon).catch(() => 0);
  const saidAfterMs = unnoticed
    ? null
    : await until('status says it', 30_000, async () =>
        (await daemon.status()).warnings.some((warning) => warning.includes(name)),
      ).catch(() => null);
  const rowsInPart =
    (await daemon.status()).engine.status?.damage.parts[0]?.rows ?? (damage.costs === 'a part' ? rowsEach : 0);
  const rowsAfter = await count(daemon).catch(() => -1);
  const doctorSays = damage.costs === 'a part' ? await doctorNames(home, name) : doctorBefore;
  await send(daemon);
  const takesMore = await loaded(daemon, rowsAfter + rowsEach).then(
    () => true,
    () => false,
  );
  const engineRestarts = (await daemon.status()).engine.restarts;
  const expected = rowsBefore - (damage.costs === 'a part' ? rowsEach : 0);
  const said = unnoticed || (saidAfterMs !== null && doctorSays);
  const good = said && takesMore && engineRestarts === 0 && rowsAfter === expected;
  return {
    case: damage.name,
    when,
    rowsBefore,
    rowsInPart,
    rowsAfter,
    saidAfterMs: saidAfterMs === null ? null : Math.round(saidAfterMs),
    doctorSays,
    takesMore,
    engineRestarts,
    verdict: good ? 'ok' : 'NOT OK',
  };
}

async function doctorNames(home: string, name: string): Promise<boolean> {
  return (await doctorAt(home)).some(({ verdict, detail }) => verdict !== 'ok' && detail.includes(name));
}

if (values.json === true) console.log(JSON.stringify({ rounds, rowsEach, outcomes }, null, 2));
else {
  printTable(
    ['damage', 'daemon', 'rows before', 'after', 'said after ms', 'doctor', 'takes more', 'restarts', 'verdict'],
    outcomes.map((o) => [
      o.case,
      o.when,
      String(o.rowsBefore),
      String(o.rowsAfter),
      o.saidAfterMs === null ? '-' : String(o.saidAfterMs),
      o.doctorSays ? 'names it' : '-',
      o.takesMore ? 'yes' : 'NO',
      String(o.engineRestarts),
      o.verdict,
    ]),
  );
}
if (outcomes.some(({ verdict }) => verdict !== 'ok')) process.exitCode = 1;
