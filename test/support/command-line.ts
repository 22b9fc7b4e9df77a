/** The real programs as processes, from source: what an operator types, and what comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const TSX = join(ROOT, 'node_modules', '.bin', 'tsx');

export type Program = 'diode-sender' | 'diode-receiver';

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end; `input` is typed and then ended. */
export async function type(program: Program, args: readonly string[], input = ''): Promise<Answer> {
  const child = start(program, args);
  child.stdin?.end(input);
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  const code = await ended(child);
  return { code, stdout: stdout(), stderr: stderr() };
}

export interface RunningProgram {
  readonly output: () => string;
  signal(name: NodeJS.Signals): void;
  /** Asks it to stop and answers its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `run DIR` and answers once it says that it runs; rejects with its output where it ends instead. */
export async function startRun(program: Program, directory: string): Promise<RunningProgram> {
  const child = start(program, ['run', directory]);
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  const end = ended(child);
  const output = () => stdout() + stderr();
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (stdout().includes(' runs"')) resolve();
    });
    end.then((code) => reject(new Error(`it ended with ${code}: ${output()}`)), reject);
  });
  return {
    output,
    signal: (name) => void child.kill(name),
    stop: () => {
      child.kill('SIGTERM');
      return end;
    },
  };
}

/** Changes settings of DIR/config.yaml by replacing text that must be there. */
export function editConfig(directory: string, changes: Readonly<Record<string, string>>): void {
  const path = join(directory, 'config.yaml');
  let text = readFileSync(path, 'utf8');
  for (const [before, after] of Object.entries(changes)) {
    if (!text.includes(before)) throw new Error(`${path} has no ${JSON.stringify(before)}`);
    text = text.replace(before, after);
  }
  writeFileSync(path, text);
}

function start(program: Program, args: readonly string[]): ChildProcess {
  const main = join(ROOT, program === 'diode-sender' ? 'sender' : 'receiver', 'main.ts');
  return spawn(process.execPath, ['--import', tsxLoader(), main, ...args], { stdio: 'pipe' });
}

/** Not through the tsx program, which would stand between us and the signals. */
function tsxLoader(): string {
  return join(TSX, '..', '..', 'tsx', 'dist', 'esm', 'index.mjs');
}

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
}
