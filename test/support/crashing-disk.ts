/**
 * A disk as a power cut leaves it, below node:fs: what was written and not synced is lost, or there in part, and a name is
 * there for certain only once its directory was synced. It stands in for node:fs in one folder; the real files are what the
 * program sees while it lives.
 */
import type { MakeDirectoryOptions } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { descriptorPath } from './descriptor-path.ts';

// Not by `import`, which the test puts this disk in place of.
const real = createRequire(import.meta.url)('node:fs') as typeof import('node:fs');

interface Inode {
  /** As of the last sync. */
  durable: Buffer;
  current: Buffer;
  /** States since, oldest first. */
  since: Buffer[];
}

/** Undefined: no such name. */
type Node = Inode | 'directory' | undefined;

interface NameChange {
  readonly path: string;
  readonly node: Node;
}

/** How much of what was not synced is there: each call answers a whole number from 0 to `most`. */
export type Chance = (most: number) => number;

export class PowerCut extends Error {}

export class CrashingDisk {
  readonly #root: string;
  readonly #nodes = new Map<string, Inode | 'directory'>();
  readonly #durable = new Map<string, Inode | 'directory'>();
  /** Changes of names that their directory has not been synced for, oldest first. */
  #pending: { readonly directory: string; readonly changes: readonly NameChange[] }[] = [];
  readonly #open = new Map<number, string>();
  /** Steps that change the disk so far, and the one before which the power goes. */
  steps = 0;
  cutAt = Number.POSITIVE_INFINITY;

  /** The folder is there, and empty. */
  constructor(root: string) {
    this.#root = root;
    this.#nodes.set(root, 'directory');
    this.#durable.set(root, 'directory');
  }

  /** node:fs, as the code under test is to import it. */
  get fs(): Partial<typeof real> {
    const pathOf = (given: unknown) => descriptorPath(String(given));
    const has = (path: string) => path.startsWith(this.#root);
    return {
      openSync: (given, flags, mode) => {
        const path = pathOf(given);
        const file = real.openSync(given, flags ?? 'r', mode);
        if (has(path)) this.#handleOpen(path, file);
        return file;
      },
      closeSync: (file) => {
        this.#open.delete(file);
        real.closeSync(file);
      },
      writeSync: ((file: number, ...rest: [never]) => {
        this.#step(file);
        const count = real.writeSync(file, ...rest);
        this.#handleContent(file);
        return count;
      }) as typeof real.writeSync,
      ftruncateSync: (file, length) => {
        this.#step(file);
        real.ftruncateSync(file, length);
        this.#handleContent(file);
      },
      fsyncSync: (file) => this.#handleSync(file),
      fdatasyncSync: (file) => this.#handleSync(file),
      renameSync: (givenFrom, givenTo) => {
        this.#step();
        real.renameSync(givenFrom, givenTo);
        const [from, to] = [pathOf(givenFrom), pathOf(givenTo)];
        const node = this.#nodes.get(from);
        this.#change(dirname(to), [
          { path: from, node: undefined },
          { path: to, node },
        ]);
      },
      mkdirSync: ((given: string, options: MakeDirectoryOptions) => {
        const path = pathOf(given);
        if (has(path)) this.#makeDirectories(path);
        return real.mkdirSync(given, options);
      }) as typeof real.mkdirSync,
      rmSync: (given, options) => {
        this.#step();
        const path = pathOf(given);
        real.rmSync(given, options);
        const below = [...this.#nodes.keys()].filter((one) => one === path || one.startsWith(`${path}/`));
        for (const one of below) this.#change(dirname(one), [{ path: one, node: undefined }]);
      },
    };
  }

  /** Writes into an empty folder what is there when the power comes back. */
  restore(folder: string, chance: Chance): void {
    const names = new Map(this.#durable);
    const kept = new Map<string, number>();
    for (const { directory, changes } of this.#pending) {
      // Of one directory in their order; one directory may be ahead of another.
      const left = kept.get(directory) ?? chance(this.#pending.filter((one) => one.directory === directory).length);
      kept.set(directory, left - 1);
      if (left <= 0) continue;
      for (const { path, node } of changes) {
        if (node === undefined) names.delete(path);
        else names.set(path, node);
      }
    }
    for (const [path, node] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const target = folder + path.slice(this.#root.length);
      if (path === this.#root || !real.existsSync(dirname(target))) continue;
      if (node === 'directory') real.mkdirSync(target);
      else real.writeFileSync(target, contentOf(node, chance));
    }
  }

  #handleOpen(path: string, file: number): void {
    this.#open.set(file, path);
    const node = this.#nodes.get(path);
    if (node === 'directory') return;
    const bytes = real.readFileSync(path);
    if (node === undefined) {
      this.#step();
      this.#change(dirname(path), [{ path, node: { durable: Buffer.alloc(0), current: bytes, since: [] } }]);
    } else if (!node.current.equals(bytes)) this.#handleContent(file);
  }

  #handleContent(file: number): void {
    const path = this.#open.get(file);
    const node = path === undefined ? undefined : this.#nodes.get(path);
    if (path === undefined || node === undefined || node === 'directory') return;
    node.current = real.readFileSync(path);
    node.since.push(node.current);
  }

  #handleSync(file: number): void {
    const path = this.#open.get(file);
    if (path === undefined) return;
    this.#step();
    const node = this.#nodes.get(path);
    if (node === 'directory') {
      for (const { directory, changes } of this.#pending) {
        if (directory !== path) continue;
        for (const { path: name, node: now } of changes) {
          if (now === undefined) this.#durable.delete(name);
          else this.#durable.set(name, now);
        }
      }
      this.#pending = this.#pending.filter(({ directory }) => directory !== path);
    } else if (node !== undefined) {
      node.durable = node.current;
      node.since = [];
    }
  }

  #makeDirectories(path: string): void {
    const missing: string[] = [];
    for (let one = path; !this.#nodes.has(one); one = dirname(one)) missing.unshift(one);
    for (const one of missing) {
      this.#step();
      this.#change(dirname(one), [{ path: one, node: 'directory' }]);
    }
  }

  #change(directory: string, changes: readonly NameChange[]): void {
    for (const { path, node } of changes) {
      if (node === undefined) this.#nodes.delete(path);
      else this.#nodes.set(path, node);
    }
    this.#pending.push({ directory, changes });
  }

  #step(file?: number): void {
    if (file !== undefined && !this.#open.has(file)) return;
    if (this.steps >= this.cutAt) throw new PowerCut('the power went');
    this.steps += 1;
  }
}

/** One of the states since the last sync, and of it the end perhaps as zeros, or cut. */
function contentOf({ durable, since }: Inode, chance: Chance): Buffer {
  const states = [durable, ...since];
  const chosen = states[chance(states.length - 1)] as Buffer;
  if (chosen.length <= durable.length) return chosen;
  const end = durable.length + chance(chosen.length - durable.length);
  const lost = chosen.length - end;
  return Buffer.concat([chosen.subarray(0, end), Buffer.alloc(chance(1) * lost)]);
}
