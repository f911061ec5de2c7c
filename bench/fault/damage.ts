import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DamageCase, partOf } from './damage-cases.ts';
import { doctorAt, type HomeDaemon, startDaemonAt, until } from './home-daemon.ts';
import { spansRequest } from './requests.ts';

export interface DamageOutcome {
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

export interface DamageOptions {
  /** Days before today, with a part each. */
  readonly rounds: number;
  /** Rows of a part. */
  readonly rowsEach: number;
  readonly stopped: readonly DamageCase[];
  readonly running: readonly DamageCase[];
  readonly onOutcome?: (outcome: DamageOutcome) => void;
}

/** Fills a store, and damages a copy of it for each case: with no daemon there, or under one that runs. */
export async function damageStores({ rounds, rowsEach, stopped, running, onOutcome }: DamageOptions) {
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
  const outcomes: DamageOutcome[] = [];
  const report = (outcome: DamageOutcome): void => {
    outcomes.push(outcome);
    onOutcome?.(outcome);
  };
  try {
    cpSync(new URL('../../LICENSE', import.meta.url), join(template, 'LICENSE'));
    const first = await startDaemonAt(template);
    for (let round = 0; round < rounds; round++) {
      await send(first, rounds - round);
      await loaded(first, nextRequest * rowsEach);
    }
    await first.stop();
    const rows = rounds * rowsEach;
    for (const damage of stopped) report(await whileStopped(damage, rows));
    for (const damage of running) report(await whileRunning(damage, rows));
    return outcomes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  async function whileStopped(damage: DamageCase, rowsBefore: number): Promise<DamageOutcome> {
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

  async function whileRunning(damage: DamageCase, rowsBefore: number): Promise<DamageOutcome> {
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
    when: DamageOutcome['when'],
    home: string,
    path: string,
    rowsBefore: number,
    doctorBefore: boolean,
  ): Promise<DamageOutcome> {
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
}

async function doctorNames(home: string, name: string): Promise<boolean> {
  return (await doctorAt(home)).some(({ verdict, detail }) => verdict !== 'ok' && detail.includes(name));
}
