import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { takeRunLock } from '../../../src/cli/directory.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { initPair } from '../../support/new-pair.ts';
import { typeHere } from '../../support/typed-command.ts';

let root: string;
let pair: { readonly rx: string; readonly tx: string };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'diode-calibrate-'));
  pair = await initPair(root);
  await typeHere(receiverCommandLine(), 'trust', pair.rx, join(pair.tx, 'sender-card.json'), '--yes');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('calibrate', () => {
  it('is refused on both sides while the program runs', async () => {
    for (const [program, line, directory] of [
      ['diode-sender', senderCommandLine(), pair.tx],
      ['diode-receiver', receiverCommandLine(), pair.rx],
    ] as const) {
      const lock = takeRunLock(program, directoryLayout(program, directory));
      const answer = await typeHere(line, 'calibrate', directory);
      lock.release();
      expect(answer).toMatchObject({ code: 1, error: expect.stringContaining('Another run is active') });
    }
  });

  it.each([
    ['--from', '0'],
    ['--sizes', '100'],
    ['--bursts', '1'],
    ['--loop', '0'],
    ['--receiver', 'zz'],
    ['--seconds', 'x'],
  ])('of the sender refuses %s %s as wrong usage', async (option, value) => {
    expect((await typeHere(senderCommandLine(), 'calibrate', pair.tx, option, value)).code).toBe(2);
  });

  it('is refused where frames travel on media', async () => {
    for (const [line, directory] of [
      [senderCommandLine(), pair.tx],
      [receiverCommandLine(), pair.rx],
    ] as const) {
      const path = join(directory, 'config.yaml');
      const before = readFileSync(path, 'utf8');
      writeFileSync(path, before.replace(/^link:\n( .*\n)+/m, 'link:\n  kind: media\n'));
      const answer = await typeHere(line, 'calibrate', directory);
      writeFileSync(path, before);
      expect(answer).toMatchObject({ code: 2, error: expect.stringContaining('there is no link to measure') });
    }
  });

  it('of the receiver says so where nothing comes, and is on record', async () => {
    const answer = await typeHere(receiverCommandLine(), 'calibrate', pair.rx, '--minutes', '0.001');
    expect(answer).toMatchObject({ code: 1, out: expect.stringContaining('Nothing came at all') });
    const entries = await typeHere(receiverCommandLine(), 'audit', 'search', pair.rx, '--event', 'command-calibrate');
    expect(entries.out).toContain('command-calibrate');
  });
});
