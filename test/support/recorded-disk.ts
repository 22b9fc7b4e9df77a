/**
 * What a power cut could take of files that get their name last. It listens below node:fs, and judges by order alone: bytes
 * and names below a path are synced before it is renamed, and the rename before the end.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { descriptorPath } from './descriptor-path.ts';

// Not by `import`, which the test puts this disk in place of.
const real = createRequire(import.meta.url)('node:fs') as typeof import('node:fs');

export type DiskStep =
  | { readonly step: 'name' | 'write' | 'sync'; readonly path: string }
  | { readonly step: 'rename'; readonly path: string; readonly to: string };

export class RecordedDisk {
  readonly steps: DiskStep[] = [];
  readonly #open = new Map<number, string>();

  /** node:fs, as the code under test is to import it. */
  get fs() {
    return {
      openSync: (given: string, flags: string | number, mode?: number) => {
        const file = real.openSync(given, flags, mode);
        const path = descriptorPath(given);
        this.#open.set(file, path);
        const makesName = typeof flags === 'number' ? (flags & real.constants.O_CREAT) !== 0 : flags !== 'r';
        if (makesName) this.steps.push({ step: 'name', path });
        return file;
      },
      writeSync: (file: number, ...rest: [never]) => {
        this.steps.push({ step: 'write', path: this.#pathOf(file) });
        return real.writeSync(file, ...rest);
      },
      fsyncSync: (file: number) => {
        this.steps.push({ step: 'sync', path: this.#pathOf(file) });
      },
      mkdirSync: (path: string, options?: object) => {
        this.steps.push({ step: 'name', path: descriptorPath(path) });
        return real.mkdirSync(path, options);
      },
      renameSync: (path: string, to: string) => {
        this.steps.push({ step: 'rename', path: descriptorPath(path), to: descriptorPath(to) });
        real.renameSync(path, to);
      },
    };
  }

  #pathOf(file: number): string {
    return this.#open.get(file) ?? `descriptor ${file}`;
  }
}

/** What was not synced when it had to be; none: no power cut leaves a final name with less than all of it. */
export function unsynced(steps: readonly DiskStep[]): readonly string[] {
  const faults: string[] = [];
  const dirty = new Set<string>();
  for (const each of steps) {
    const { step, path } = each;
    if (each.step === 'rename') {
      for (const one of dirty) {
        if (one === path || one.startsWith(`${path}/`)) faults.push(`${one} was renamed before it was synced`);
      }
      dirty.add(dirname(each.to));
    } else if (step === 'sync') dirty.delete(path);
    else dirty.add(step === 'write' ? path : dirname(path));
  }
  return [...faults, ...[...dirty].map((path) => `${path} is not synced at the end`)];
}
