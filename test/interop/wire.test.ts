// The vectors against an implementation that shares no code with ours.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirement } from '../support/requirement.ts';

const program = join(import.meta.dirname, 'wire/second.py');
const vectors = join(import.meta.dirname, '../vectors');
const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;

describe.skipIf(!requirement('python3', hasPython, 'install Python 3.9 or newer'))('a second implementation', () => {
  it('agrees with every vector', () => {
    expect(execFileSync('python3', [program, vectors], { encoding: 'utf8' })).toMatch(/^(\d+) of \1 vectors agree\n$/);
  });

  it('tells where a vector is wrong', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wire-vectors-'));
    try {
      cpSync(vectors, folder, { recursive: true });
      const path = join(folder, 'wire/datagram.json');
      writeFileSync(path, readFileSync(path, 'utf8').replace('"error": "forged"', '"error": "replayed"'));
      const { status, stdout } = spawnSync('python3', [program, folder], { encoding: 'utf8' });
      expect(stdout).toContain('disagrees: counter changed on the way');
      expect(status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
