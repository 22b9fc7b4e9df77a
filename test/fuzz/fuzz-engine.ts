/** Jazzer.js as a process of its own, one target a run; test/fuzz/engine/install has put it in place. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { failuresFolder, PROJECT } from './fuzz-folders.ts';
import { type FuzzTarget, MAX_INPUT_BYTES } from './target-list.ts';

export interface EngineRun {
  readonly executions: number;
  readonly seconds: number;
  /** Counters of instrumented places that were met at least once. */
  readonly edges: number;
  /** Inputs that reach something new, and so are mutated further. */
  readonly corpusInputs: number;
  /** Path of the input that failed. */
  readonly failedInput?: string;
  /** Its last lines, where it did not end well. */
  readonly trouble?: string;
}

// Part of the path of what is measured: our own code, and the protobuf reader, which has no bounds of its own.
const INSTRUMENTED = ['/src/', '/receiver/', '/sender/', '/node_modules/protobufjs/src/'];
/** A case that takes longer is a finding. */
const CASE_TIMEOUT_MS = 5_000;
/** Of the whole process: the instrumented product takes 250. */
const MAX_RESIDENT_MB = 1_200;
/** Lines that are kept for the case that it fails. */
const TOLD_LINES = 60;
/** Loading, and running the corpus once. */
const START_SECONDS = 120;

export class FuzzEngine {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Downloads it the first time. Throws where it cannot be had here. */
  static install(): FuzzEngine {
    const script = join(PROJECT, 'test/fuzz/engine/install');
    const { status, stdout } = spawnSync('bash', [script], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
    if (status !== 0) throw new Error(`${script} failed: see above`);
    return new FuzzEngine(stdout.trim());
  }

  /** Mutates what is in `folders` for so long; new inputs go to the first. */
  async fuzz(
    target: FuzzTarget,
    options: {
      readonly seconds: number;
      readonly seed: number;
      readonly folders: readonly string[];
      readonly dictionaryPath?: string;
    },
  ): Promise<EngineRun> {
    const { seconds, seed, dictionaryPath } = options;
    mkdirSync(failuresFolder(target.name), { recursive: true });
    const flags = [`-max_total_time=${seconds}`, `-seed=${seed}`, `-artifact_prefix=${failuresFolder(target.name)}/`];
    if (dictionaryPath !== undefined) flags.push(`-dict=${dictionaryPath}`);
    return await this.#run(target, options.folders.filter(existsSync), flags, seconds + START_SECONDS);
  }

  /** Runs the inputs named in the control file in their order, and adds what each reaches. */
  async measure(target: FuzzTarget, controlPath: string): Promise<EngineRun> {
    return await this.#run(target, [], ['-merge_inner=1', `-merge_control_file=${controlPath}`], START_SECONDS);
  }

  #run(
    target: FuzzTarget,
    folders: readonly string[],
    flags: readonly string[],
    endSeconds: number,
  ): Promise<EngineRun> {
    const { execPath } = process;
    const glibc = join(this.#folder, 'glibc');
    const loader = join(glibc, process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2');
    const jazzer = [
      ...['--import', 'tsx', join(this.#folder, 'node_modules/@jazzer.js/core/dist/cli.js')],
      // tsx finds the .ts; the engine would only add its own .js behind another ending.
      join(PROJECT, 'test/fuzz/entry.js'),
      ...INSTRUMENTED.flatMap((part) => ['-i', part]),
      ...[
        '-e',
        '/test/',
        '--timeout',
        String(CASE_TIMEOUT_MS),
        '--disableBugDetectors',
        'command-injection|path-traversal',
      ],
      ...(target.isAsync ? [] : ['--sync']),
      ...folders,
      ...['--', `-max_len=${MAX_INPUT_BYTES}`, `-rss_limit_mb=${MAX_RESIDENT_MB}`, ...flags],
    ];
    const [command, args] = existsSync(loader)
      ? [loader, ['--library-path', glibc, execPath, ...jazzer]]
      : [execPath, jazzer];
    const startedMs = performance.now();
    const child = spawn(command, args, {
      cwd: PROJECT,
      env: { ...process.env, FUZZ_TARGET: target.name, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), endSeconds * 1_000);
    const told: string[] = [];
    const figures = { executions: 0, edges: 0, corpusInputs: 0 };
    let failedInput: string | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        failedInput = /Test unit written to (.+)$/.exec(line)?.[1] ?? failedInput;
        readFigures(line, figures);
        if (line.startsWith('#')) return;
        told.push(line);
        if (told.length > TOLD_LINES) told.shift();
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        const seconds = (performance.now() - startedMs) / 1_000;
        resolve({
          ...figures,
          seconds,
          ...(failedInput !== undefined && { failedInput }),
          ...(code !== 0 && { trouble: [`the engine ended with ${signal ?? code}`, ...told].join('\n') }),
        });
      });
    });
  }
}

/** libFuzzer's status: `#4711	NEW    cov: 605 ft: 1075 corp: 254/6920b lim: 4096 exec/s: 48817 rss: 251Mb …`. */
function readFigures(line: string, figures: { executions: number; edges: number; corpusInputs: number }): void {
  const status = /^#(\d+)\s.*\bcov: (\d+) .*?(?:corp: (\d+)\/)?/.exec(line);
  if (status === null) {
    const done = /^Done (\d+) runs in/.exec(line);
    if (done !== null) figures.executions = Number(done[1]);
    return;
  }
  figures.executions = Number(status[1]);
  figures.edges = Number(status[2]);
  figures.corpusInputs = Number(/corp: (\d+)\//.exec(line)?.[1] ?? figures.corpusInputs);
}
