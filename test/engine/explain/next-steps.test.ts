import { describe, expect, test } from 'vitest';
import { environmentWord, shellWord } from '../../../src/engine/explain/next-steps.ts';

describe('commands to type', () => {
  test('hold names of telemetry as one word of a shell, whatever they are', () => {
    expect(environmentWord('production')).toBe('deployment.environment.name=production');
    expect(environmentWord('x; rm -rf ~ #')).toBe("'deployment.environment.name=x; rm -rf ~ #'");
    expect(environmentWord('$(id)')).toBe("'deployment.environment.name=$(id)'");
    expect(shellWord("it's")).toBe("'it'\\''s'");
  });

  test('hold nothing that a terminal obeys', () => {
    expect(environmentWord('a\u001b[2Jb')).not.toContain('\u001b');
  });
});
