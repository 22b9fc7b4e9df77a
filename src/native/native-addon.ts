/** Loads what `npm run install` compiled here. The one file that does. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** An addon's exports, or why there is none, as an operator reads it. */
export function loadNativeAddon(file: URL): object | string {
  try {
    return createRequire(import.meta.url)(fileURLToPath(file)) as object;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
      ? 'the addon is not compiled (npm run install compiles it)'
      : `the addon cannot be loaded (${(error as Error).message})`;
  }
}

/** Beside the sources, also for what runs from dist. */
export function builtAddon(name: 'udp' | 'aead'): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(`${isSource ? '.' : '../../../src/native'}/build/Release/${name}.node`, import.meta.url);
}
