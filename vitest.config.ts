import { defineConfig } from 'vitest/config';

// Engines in a test's own process run each query on a libuv thread, as the engine process sets it for itself.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const tests = '*.test.{ts,tsx}';
/** Tests of whole processes. They wait most of the time: for a start, an end, a limit, a second to pass. */
const waiting = [
  `test/{commands,faults,real,tui}/**/${tests}`,
  `test/engine/{archive,daemon,demo,receive,spool}/**/${tests}`,
  // The engine's library takes the zone of its process once, whichever file opens it first.
  'test/engine/store/embedded-store.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 90_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    coverage: {
      provider: 'v8',
      include: ['src/engine/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 80, branches: 80 },
    },
    // Workers for two cores: as many as keep both busy, and no more, since what waits for a core may wait too long.
    projects: [
      {
        extends: true,
        test: { name: 'waiting', include: waiting, maxWorkers: 3, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'working',
          include: [`test/**/${tests}`],
          exclude: waiting,
          maxWorkers: 3,
          // Modules, and the engine's library of half a gigabyte, are loaded once by each worker, not by each file.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
