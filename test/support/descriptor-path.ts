import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The path behind a name in a folder that is held open (src/ops/held-folder.ts); any other path as it is. */
export function descriptorPath(path: string): string {
  const [, folder, name] = /^(\/proc\/self\/fd\/\d+)\/(.+)$/.exec(path) ?? [];
  return folder === undefined || name === undefined ? path : join(readlinkSync(folder), name);
}
