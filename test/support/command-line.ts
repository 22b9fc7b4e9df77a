/** The real programs as processes: what an operator types, and what comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const TSX = join(ROOT, 'node_modules', '.bin', 'tsx');
/** As built, they start in a third of the time that they take from source. */
const IS_BUILT = isBuilt();

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
  const side = program === 'diode-sender' ? 'sender' : 'receiver';
  // Not through the tsx program, which would stand between us and the signals.
  const tsx = ['--import', join(TSX, '..', '..', 'tsx', 'dist', 'esm', 'index.mjs')];
  const main = IS_BUILT ? [join(ROOT, 'dist', side, 'main.js')] : [...tsx, join(ROOT, side, 'main.ts')];
  return spawn(process.execPath, [...main, ...args], { stdio: 'pipe' });
}

/** Whether the build is newer than what it was made of. */
function isBuilt(): boolean {
  const built = join(ROOT, 'dist', 'receiver', 'main.js');
  if (!existsSync(built)) return false;
  const builtMs = statSync(built).mtimeMs;
  return ['sender', 'receiver', 'src'].every((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs <= builtMs),
  );
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
