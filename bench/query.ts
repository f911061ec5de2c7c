/**
 * `npm run bench:query [-- --millions 1,10 --times 100 --dir DIR --keep --json]`: how long the product's own questions take as
 * the store grows, through the query endpoint of a daemon: a trace by id (`obs explain`'s load), searches by service and
 * operation and by attribute (`obs traces`), and the panels of `obs watch` for ten viewers at once. Spans come from
 * bench/query/spans.ts and are spread over a day. docs/performance.md has the results.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Effect } from 'effect';
import { httpQueryClient } from '../src/engine/store/http-query-client.ts';
import { seededRandom } from '../test/support/random.ts';
import { openStore } from './query/daemon.ts';
import { fill } from './query/fill.ts';
import { answer, type Answered } from './query/measure.ts';
import { makeQuestions } from './query/questions.ts';
import { plot, printAnswers, printPanels } from './query/report.ts';
import { measureViewers, type PanelFigures } from './query/viewers.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    millions: { type: 'string', default: '1,10' },
    times: { type: 'string', default: '100' },
    viewers: { type: 'string', default: '10' },
    dir: { type: 'string', default: tmpdir() },
    /** A folder with a filled store, which is measured as it is and kept. */
    home: { type: 'string' },
    /** Leaves the filled store in its folder, and says where. */
    keep: { type: 'boolean', default: false },
  },
});
const dayMs = 24 * 3600 * 1000;
/** The newest spans lie this far ahead, so that panels still see some when all is filled and measured. */
const aheadMs = 20 * 60_000;
const times = Number(flags.times);

export interface Grown {
  readonly spans: number;
  readonly answers: readonly Answered[];
  readonly panels: readonly PanelFigures[];
}

async function measure(home: string, spans: number): Promise<Grown> {
  const daemon = openStore(home);
  const untilUnixMs = Date.now() + 60_000;
  const asking = Effect.gen(function* () {
    const questions = yield* makeQuestions(seededRandom(7), times, {
      sinceUnixMs: untilUnixMs - 2 * dayMs,
      untilUnixMs,
    });
    const answers: Answered[] = [];
    for (const question of questions) answers.push(yield* answer(question));
    return answers;
  }).pipe(Effect.provide(httpQueryClient({ endpoint: daemon.query })));
  try {
    const answers = await Effect.runPromise(asking);
    const panels = await measureViewers(daemon.query, Number(flags.viewers));
    return { spans, answers, panels };
  } finally {
    daemon.stop();
  }
}

async function grow(): Promise<readonly Grown[]> {
  if (flags.home !== undefined) return [await measure(flags.home, Number(flags.millions) * 1e6)];
  const home = mkdtempSync(join(flags.dir, 'obs-bench-query-'));
  const toMs = Date.now() + aheadMs;
  const results: Grown[] = [];
  try {
    let from = 0;
    mkdirSync(join(home, 'store'), { recursive: true });
    for (const millions of flags.millions.split(',').map(Number)) {
      const to = millions * 1e6;
      await fill(join(home, 'store'), { from, to, fromMs: toMs - dayMs, toMs }, (line) =>
        process.stderr.write(`${line}\n`),
      );
      results.push(await measure(home, to));
      from = to;
    }
  } finally {
    if (flags.keep) process.stderr.write(`kept in ${home}\n`);
    else rmSync(home, { recursive: true, force: true });
  }
  return results;
}

const results = await grow();
if (flags.json) console.log(JSON.stringify({ times, viewers: Number(flags.viewers), results }));
else {
  for (const grown of results) {
    printAnswers(grown);
    printPanels(grown);
  }
  plot(results);
}
