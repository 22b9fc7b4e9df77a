import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { projectRoot } from './project-root.ts';

/** What a figure means nothing without. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** Over the last minute before the start: others that work on the same cores. */
  readonly loadBefore: number;
  /** The commit, with a plus where the checkout differs from it. */
  readonly commit: string;
  /** Of the programs that the figures depend on. */
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
    loadBefore: loadavg()[0] ?? 0,
    commit: commit(),
    versions: {
      'identity-diode': String(packageOf('').version),
      node: process.versions.node,
      v8: process.versions.v8,
      'node-rdkafka': String(packageOf('node_modules/node-rdkafka/').version).replace(/^v/, ''),
      librdkafka: String(packageOf('node_modules/node-rdkafka/').librdkafka),
      kafka: kafkaVersion(),
      java: javaVersion(),
      openssl: process.versions.openssl,
      'openssl command': output('openssl', ['version'])?.split(' ')[1] ?? 'none',
      iperf3: output('iperf3', ['--version'])?.split(/\s/)[1] ?? 'none',
    },
  };
}

export function machineText(machine: Machine): string {
  const { cpu, cores, memoryBytes, kernel, loadBefore, versions } = machine;
  const { 'identity-diode': version, ...others } = versions;
  return [
    `identity-diode ${version}, commit ${machine.commit}`,
    `${cpu}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB, Linux ${kernel}, load before ${loadBefore.toFixed(2)}`,
    Object.entries(others)
      .map(([name, text]) => `${name} ${text}`)
      .join(', '),
  ].join('\n');
}

function packageOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`${projectRoot}${folder}package.json`, 'utf8')) as Record<string, unknown>;
}

function commit(): string {
  const git = (...args: string[]) => output('git', ['-C', projectRoot, ...args]);
  const short = git('rev-parse', '--short', 'HEAD');
  if (short === undefined) return 'unknown';
  return git('status', '--porcelain') === '' ? short : `${short}+`;
}

function kafkaVersion(): string {
  const pom = readFileSync(`${projectRoot}bench/support/kafka/pom.xml`, 'utf8');
  return /<artifactId>kafka_[^<]*<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
}

function javaVersion(): string {
  const text = output('java', ['--version'])?.split('\n')[0];
  return text?.replace(/^openjdk /, '') ?? 'none';
}

function output(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
