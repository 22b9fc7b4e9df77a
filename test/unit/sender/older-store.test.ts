import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { SENDER_MIGRATIONS } from '../../../sender/sender-store.ts';
import { openStore } from '../../../src/store/database.ts';
import { initPair } from '../../support/new-pair.ts';
import { typeHere } from '../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'older-sender-'));
let tx: string;
beforeAll(async () => {
  ({ tx } = await initPair(root));
  mkdirSync(join(tx, 'data'), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

describe("a sender's database that no program of this release has opened yet", () => {
  it.each([
    ['status'],
    ['resend', 'G078E-V9550-CQS14-88084-3KH9J'],
    ['export', root],
    ['revert', '--to', '2026-11-25T14:02:00Z', '--dry-run'],
  ])('%s says what to do', async (command, ...args) => {
    const path = join(tx, 'data', 'sender.db');
    for (const applied of [1, SENDER_MIGRATIONS.length - 1]) {
      rmSync(path, { force: true });
      openStore(path, SENDER_MIGRATIONS.slice(0, applied)).close();
      const { code, error } = await typeHere(senderCommandLine(), command, tx, ...args);
      expect([code, error.trim()]).toEqual([
        1,
        `diode-sender: ${path} is of an older release, which had nothing of what is asked here. Start the sender of this release once: it brings the file up to date.`,
      ]);
    }
  });
});
