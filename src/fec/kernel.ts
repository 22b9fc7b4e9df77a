// The kernel (src/fec/assembly) as its host sees it: slots to write and read, and two calls.

/** One kernel with a memory of its own, 36 pages (2.25 MiB) that cannot grow. Each thread makes its own. */
export interface Kernel {
  /** The kernel's whole memory; never detached, since it cannot grow. */
  readonly bytes: Uint8Array;
  /** Where slot 0 begins in bytes; slots lie symbolBytes apart: M repair symbols, then k source symbols. */
  readonly slotsAt: number;
  /** Where in bytes the 256 marks begin that tell decodeBlock which slots hold a symbol. */
  readonly presentAt: number;
  /** Source slots to repair symbols, which lie from the first source slot on. Traps on geometry that does not fit. */
  encodeBlock(sourceCount: number, repairCapacity: number, repairCount: number, symbolBytes: number): void;
  /** Marked slots to missing source slots; the marked slots are lost. Traps likewise. */
  decodeBlock(sourceCount: number, repairCapacity: number, symbolBytes: number): void;
}

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly slotsAt: WebAssembly.Global;
  readonly presentAt: WebAssembly.Global;
  readonly encodeBlock: Kernel['encodeBlock'];
  readonly decodeBlock: Kernel['decodeBlock'];
}

export function instantiateKernel(module: WebAssembly.Module): Kernel {
  // What the module exports is what kernel.ts in assembly/ says: both are built together.
  const exports = new WebAssembly.Instance(module).exports as unknown as KernelExports;
  return {
    bytes: new Uint8Array(exports.memory.buffer),
    slotsAt: exports.slotsAt.value,
    presentAt: exports.presentAt.value,
    encodeBlock: exports.encodeBlock,
    decodeBlock: exports.decodeBlock,
  };
}
