import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { createDirectory } from '../../../src/config/new-directory.ts';
import { addTrustedCard, readTrustedCards, removeTrustedCard } from '../../../src/config/trusted-cards.ts';
import type { Card } from '../../../src/wire/card.ts';

let root: string;
const receiver = (fill: number): Card => ({
  kind: 'receiver-card',
  boundary: 'site-a',
  agreementKey: new Uint8Array(32).fill(fill),
});
const content = {
  configText: 'boundary: site-a\n',
  agreementPrivateKey: new Uint8Array(32).fill(1),
  card: receiver(1),
  trusted: [] as readonly Card[],
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'init-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a new directory', () => {
  it('may be one that exists and is empty, or holds what is not ours', () => {
    mkdirSync(join(root, 'dir'));
    writeFileSync(join(root, 'dir', 'notes.txt'), 'mine');
    createDirectory(directoryLayout('diode-receiver', join(root, 'dir')), content);
    expect(readdirSync(join(root, 'dir')).toSorted()).toEqual(
      ['config.yaml', 'data', 'keys', 'notes.txt', 'receiver-card.json', 'trusted'].toSorted(),
    );
  });

  it.each(['config.yaml', 'keys', 'data', 'trusted', 'receiver-card.json'])(
    'is refused where %s is there already',
    (name) => {
      const layout = directoryLayout('diode-receiver', root);
      mkdirSync(join(root, name));
      expect(() => createDirectory(layout, content)).toThrow(expect.objectContaining({ code: 'directory-exists' }));
      expect(readdirSync(root)).toEqual([name]);
    },
  );

  it('leaves nothing behind when it fails half way', () => {
    // The same card twice: the second file is there already.
    const failing = { ...content, trusted: [receiver(2), receiver(2)] };
    expect(() => createDirectory(directoryLayout('diode-receiver', root), failing)).toThrow();
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('the trusted cards', () => {
  it('are eight receivers at most, or one sender', () => {
    for (let at = 1; at <= 8; at++) addTrustedCard(root, receiver(at));
    expect(readTrustedCards(root, 'receiver-card')).toHaveLength(8);
    addTrustedCard(root, receiver(9));
    expect(() => readTrustedCards(root, 'receiver-card')).toThrow(
      expect.objectContaining({
        code: 'card-not-trusted',
        seen: expect.stringContaining('holds 9 cards; 8 can be trusted.'),
      }),
    );
    removeTrustedCard(root, receiver(9));
    expect(readTrustedCards(root, 'receiver-card')).toHaveLength(8);
    expect(() => readTrustedCards(root, 'sender-card')).toThrow(expect.objectContaining({ code: 'card-invalid' }));
  });

  it('are none where there is no folder, and a damaged file is refused by its name', () => {
    expect(readTrustedCards(join(root, 'none'), 'sender-card')).toEqual([]);
    expect(existsSync(join(root, 'none'))).toBe(false);
    writeFileSync(join(root, 'x.json'), '{');
    expect(() => readTrustedCards(root, 'sender-card')).toThrow(
      expect.objectContaining({ seen: expect.stringContaining('x.json is no card') }),
    );
  });
});
