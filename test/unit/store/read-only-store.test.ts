/** A database that cannot be read is said where it is opened, as an operator reads it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStoreReadOnly } from '../../../src/store/database.ts';

it('is a damaged store for whoever only reads it, and no stack trace', () => {
  const directory = mkdtempSync(join(tmpdir(), 'diode-store-'));
  try {
    const path = join(directory, 'receiver.db');
    writeFileSync(path, Buffer.alloc(8_192, 7));
    expect(() => openStoreReadOnly(path)).toThrow(expect.objectContaining({ code: 'store-damaged' }));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
