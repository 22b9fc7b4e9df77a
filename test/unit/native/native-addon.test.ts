import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { loadNativeAddon } from '../../../src/native/native-addon.ts';

it.each(['a checkout', 'Prüfung', '100%25'])('an addon loads from a path with a folder "%s"', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'diode-addon-'));
  try {
    mkdirSync(join(folder, name));
    // For the loader a script is as good: what differs is how it finds the file.
    const file = join(folder, name, 'addon.cjs');
    writeFileSync(file, 'exports.isLoaded = true;\n');
    expect(loadNativeAddon(pathToFileURL(file))).toMatchObject({ isLoaded: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
