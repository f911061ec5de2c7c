/** `obs demo` without the command around it: run by tests as a process of its own, which they interrupt or kill. */
import { Effect } from 'effect';
import { progressOn } from '../../../../src/engine/demo/progress.ts';
import { type DemoOptions, runDemo } from '../../../../src/engine/demo/run-demo.ts';

const options = JSON.parse(process.argv[2] ?? '') as DemoOptions;
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const demo = runDemo(process.env, options, progressOn(process.stderr), (result) =>
  process.stdout.write(`${JSON.stringify(result)}\n`),
);
const exit = await Effect.runPromiseExit(demo, { signal: interrupt.signal });
if (exit._tag === 'Failure' && !interrupt.signal.aborted) process.stderr.write(`${String(exit.cause)}\n`);
process.exitCode = exit._tag === 'Success' ? 0 : 2;
