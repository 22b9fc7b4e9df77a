import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../../receiver/command-line.ts';
import { RECEIVER_MIGRATIONS } from '../../../../receiver/receiver-store.ts';
import { senderCommandLine } from '../../../../sender/command-line.ts';
import { openStore } from '../../../../src/store/database.ts';
import { typeHere } from '../../../support/typed-command.ts';

const root = mkdtempSync(join(tmpdir(), 'older-store-'));
const [tx, rx] = [join(root, 'tx'), join(root, 'rx')];
const path = join(rx, 'data', 'receiver.db');
const receiver = (...args: readonly string[]) => typeHere(receiverCommandLine(), ...args);

beforeAll(async () => {
  await receiver('init', rx, '--boundary', 'site-a');
  const card = join(rx, 'receiver-card.json');
  await typeHere(senderCommandLine(), 'init', tx, '--stream', 'hr', '--receiver-card', card);
  await receiver('trust', rx, join(tx, 'sender-card.json'), '--yes');
  mkdirSync(join(rx, 'data'), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

describe("a receiver's database that no program of this release has opened yet", () => {
  it.each([
    ['gaps', rx],
    ['status', rx],
    ['held', rx],
    ['accept-epoch', rx],
    ['audit', 'cosign', rx],
    ['import', rx, root, '--dry-run'],
  ])('%s %s says what to do', async (...args) => {
    for (const applied of [1, RECEIVER_MIGRATIONS.length - 1]) {
      rmSync(path, { force: true });
      openStore(path, RECEIVER_MIGRATIONS.slice(0, applied)).close();
      const { code, error } = await receiver(...args);
      expect([code, error.trim()]).toEqual([
        1,
        `diode-receiver: ${path} is of an older release, which had nothing of what is asked here. Start the receiver of this release once: it brings the file up to date.`,
      ]);
    }
  });
});
