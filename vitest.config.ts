import { defineConfig } from 'vitest/config';

// Engines in a test's own process run each query on a libuv thread, as the engine process sets it for itself.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the process-level tests wait for each other.
    maxWorkers: 2,
    disableConsoleIntercept: true,
    coverage: {
      provider: 'v8',
      include: ['src/engine/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 80, branches: 80 },
    },
  },
});
