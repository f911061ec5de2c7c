import { join } from 'node:path';
import { components, type ComponentName, sourceFolder } from './components.ts';

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

/** A Python of its own with the packages that requirements.txt pins. */
const pythonWith = (source: string): Recipe => ({
  needs: ['python3'],
  steps: (folder) => {
    const requirements = join(sourceFolder, source, 'requirements.txt');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    return [
      { command: ['python3', '-m', 'venv', folder] },
      { command: [join(folder, 'bin', 'python'), ...pip, '--requirement', requirements] },
    ];
  },
});

/** Its files and the packages of its package-lock.json. */
const sdkForNode: Recipe = {
  needs: ['npm'],
  steps: (folder) => [
    { command: ['cp', '-r', `${join(sourceFolder, 'sdk-node')}/.`, folder] },
    { command: ['npm', 'ci', '--no-audit', '--no-fund', '--ignore-scripts'] },
  ],
};

/** Maven fetches what pom.xml pins; the compiler of the JDK does the rest. */
const sdkForJava: Recipe = {
  needs: ['java', 'javac', 'mvn'],
  steps: (folder) => {
    const source = join(sourceFolder, 'sdk-java');
    const lib = join(folder, 'lib');
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    const pom = ['--quiet', '--batch-mode', '--file', join(source, 'pom.xml')];
    const java = [join(source, 'PlaceOrder.java'), '-d', join(folder, 'classes')];
    return [
      { command: ['mvn', ...pom, copy, `-DoutputDirectory=${lib}`] },
      { command: ['javac', '-classpath', join(lib, '*'), ...java] },
    ];
  },
};

export const recipes: Readonly<Record<ComponentName, Recipe>> = {
  collector: goBuild('collector', 'collector'),
  telemetrygen: goInstall('telemetrygen', 'github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen'),
  minio: goInstall('minio', 'github.com/minio/minio'),
  'sdk-node': sdkForNode,
  'sdk-python': pythonWith('sdk-python'),
  'sdk-go': goBuild('sdk-go', 'sdk-go'),
  'sdk-java': sdkForJava,
  'clickhouse-connect': pythonWith('clickhouse-connect'),
  'clickhouse-go': goBuild('clickhouse-go', 'clickhouse-go'),
};
