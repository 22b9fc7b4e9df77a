import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDirectory } from '../../../src/cli/directory.ts';
import { OPS_LIMITS } from '../../../src/limits.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directory-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

it.each<[string, string, (config: string) => void]>([
  ['has no config', 'directory-missing', () => {}],
  ['has a config that is a folder', 'config-unreadable', (config) => mkdirSync(config)],
  [
    'has a config that is too long',
    'config-unreadable',
    (config) => {
      writeFileSync(config, '');
      truncateSync(config, OPS_LIMITS.maxConfigBytes + 1);
    },
  ],
])('a directory that %s is refused as %s', (_, code, make) => {
  make(join(directory, 'config.yaml'));
  expect(() => openDirectory('diode-sender', directory, (text) => text)).toThrow(expect.objectContaining({ code }));
});
