// The one file of src/fec that reads: the kernel's bytes, which `npm run build:fec` puts beside this module,
// both in src/fec and in dist/src/fec.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The compiled kernel, for BlockCodec. Compiling takes about a millisecond: once a thread is enough. */
export function loadKernelModule(): WebAssembly.Module {
  return new WebAssembly.Module(readKernel(new URL('./kernel.wasm', import.meta.url)));
}

function readKernel(url: URL): Uint8Array {
  try {
    return readFileSync(url);
  } catch (cause) {
    throw new Error(`fec-kernel-missing: cannot read ${fileURLToPath(url)}; run: npm run build:fec`, { cause });
  }
}
