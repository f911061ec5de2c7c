import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Kept between runs: making it takes some ten seconds and the package index. */
const folder = join(tmpdir(), 'obs-test-numpy');

/** A Python that has NumPy, or why there is none here. */
export function pythonWithNumpy(): { readonly python: string } | { readonly missing: string } {
  const python = join(folder, 'bin', 'python');
  try {
    if (imports('python3')) return { python: 'python3' };
    if (!existsSync(python)) execFileSync('python3', ['-m', 'venv', folder], { stdio: 'pipe', timeout: 30_000 });
    if (!imports(python)) {
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'numpy'];
      execFileSync(python, install, { stdio: 'pipe', timeout: 90_000 });
    }
    return imports(python) ? { python } : { missing: 'numpy does not import' };
  } catch (error) {
    return { missing: error instanceof Error ? error.message.split('\n')[0]! : String(error) };
  }
}

function imports(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import numpy'], { stdio: 'pipe', timeout: 30_000 });
    return true;
  } catch {
    return false;
  }
}
