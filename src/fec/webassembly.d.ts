// The part of the WebAssembly API that src/fec uses: it belongs to TypeScript's "dom" library, which would
// also declare a window, and Node's types of this line leave it out.

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Global {
    readonly value: number;
  }
}
