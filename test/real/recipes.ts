import { components, type ComponentName, sourceFolder } from './components.ts';
import { join } from 'node:path';

/** One command of an installation, run with these variables besides the machine's own. */
export interface Step {
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Recipe {
  /** Programs of this machine without which it does not start. */
  readonly needs: readonly string[];
  /** What makes the component in the given, empty folder. */
  readonly steps: (folder: string) => readonly Step[];
}

/** `go install` of a program whose module allows it. */
const goInstall = (name: 'telemetrygen' | 'minio', module: string): Recipe => ({
  needs: ['go'],
  steps: (folder) => [
    { command: ['go', 'install', `${module}@${components[name].pinned.version}`], env: { GOBIN: folder } },
  ],
});

/** A program of ours in Go; its go.sum pins what it is made of. */
const goBuild = (source: string, program: string): Recipe => ({
  needs: ['go'],
  steps: (folder) => [
    { command: ['go', 'build', '-C', join(sourceFolder, source), '-mod=readonly', '-o', join(folder, program), '.'] },
  ],
});

export const recipes: Readonly<Record<ComponentName, Recipe>> = {
  collector: goBuild('collector', 'collector'),
  telemetrygen: goInstall('telemetrygen', 'github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen'),
  minio: goInstall('minio', 'github.com/minio/minio'),
};
