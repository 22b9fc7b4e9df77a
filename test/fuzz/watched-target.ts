/** One input through one target: what it throws and what it keeps is a finding. */
import { getHeapStatistics } from 'node:v8';
import { FUZZ_TARGETS } from './target-list.ts';

export type Fuzz = (input: Buffer) => void | Promise<void>;

/** The target of that name, which fails as well where an input takes more memory than it may. */
export async function watchedTarget(name: string): Promise<Fuzz> {
  const target = FUZZ_TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const { fuzz } = (await import(`./targets/${name}.ts`)) as { readonly fuzz: Fuzz };
  const { maxMemoryBytes } = target;
  if (target.isAsync) {
    return async (input) => {
      const before = usedBytes();
      await fuzz(input);
      checkMemory(before, maxMemoryBytes);
    };
  }
  return (input) => {
    const before = usedBytes();
    fuzz(input);
    checkMemory(before, maxMemoryBytes);
  };
}

/** A collection in between hides what was taken: a bound that is broken shows in most runs, not in all. */
function checkMemory(before: number, maxBytes: number): void {
  const taken = usedBytes() - before;
  if (taken > maxBytes) throw new Error(`one input took ${taken} bytes of memory, more than ${maxBytes}`);
}

/** The heap, and the buffers beside it. */
function usedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
