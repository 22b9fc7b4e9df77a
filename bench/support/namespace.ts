import { type ChildProcess, execFile, execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const living = new Set<string>();
let count = 0;

/** A network namespace with loopback up. */
export interface Namespace {
  readonly name: string;
  /** Runs a program in it to its end; answers its output, rejects when it fails. */
  exec(command: readonly string[]): Promise<string>;
  /** Starts a program in it, which ends with this process; the caller ends it before `destroy`. */
  spawn(command: readonly string[], options?: SpawnOptions): ChildProcess;
  destroy(): Promise<void>;
}

/** Whether this process may make network namespaces and filter in them: root, iproute2, nftables. */
export function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  const probe = `diode-${process.pid}-probe`;
  const works = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!works('ip', 'netns', 'add', probe)) return false;
  const filters = works('ip', 'netns', 'exec', probe, 'nft', 'add table inet probe');
  return works('ip', 'netns', 'del', probe) && filters;
}

/** Its name carries this process's id, so that runs side by side do not meet and what a killed run left is found. */
export async function createNamespace(label: string): Promise<Namespace> {
  if (living.size === 0) await sweep();
  count += 1;
  const name = `diode-${process.pid}-${count}-${label}`;
  await run('ip', ['netns', 'add', name]);
  living.add(name);
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return {
    name,
    exec: async (command) => {
      const { stdout } = await run('ip', ['netns', 'exec', name, ...command], { maxBuffer: 64 * 1024 * 1024 });
      return stdout;
    },
    // `ip netns exec` becomes the program, so the child's pid is the program's own.
    spawn: (command, options = {}) =>
      spawn('setpriv', ['--pdeathsig', 'KILL', 'ip', 'netns', 'exec', name, ...command], options),
    destroy: async () => {
      if (living.delete(name)) await run('ip', ['netns', 'del', name]);
    },
  };
}

/** Deletes the namespaces of runs that were killed. */
async function sweep(): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'list']);
  for (const [name, pid] of stdout.matchAll(/^diode-(\d+)-\S+/gm)) {
    if (!existsSync(`/proc/${pid}`)) await run('ip', ['netns', 'del', name]).catch(() => undefined);
  }
}

process.on('exit', () => {
  for (const name of living) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
});
