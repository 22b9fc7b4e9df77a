/** `diode-sender rotate-key` as it is typed: files, cards, and the step from one rotation to the next. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiverCommandLine } from '../../../receiver/command-line.ts';
import { senderCommandLine } from '../../../sender/command-line.ts';
import { cardLike, keysInUse, readSigningKeys, storeKeyInUse } from '../../../sender/trust/own-card.ts';
import { readOwnCard } from '../../../src/cli/card-command.ts';
import type { CommandLine } from '../../../src/cli/program.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { takeLock } from '../../../src/ops/run-lock.ts';
import { signedBundle } from '../../support/root-ceremony.ts';
import { typeHere } from '../../support/typed-command.ts';

let root: string;
let directory: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'rotate-'));
  directory = join(root, 'sender');
  await runReceiver(['init', join(root, 'receiver'), '--boundary', 'site-a']);
  const card = join(root, 'receiver', 'receiver-card.json');
  await run(['init', directory, '--stream', 'hr', '--receiver-card', card]);
});
afterEach(() => rmSync(root, { recursive: true }));

async function typed(line: CommandLine, args: readonly string[]): Promise<string> {
  const { code, out } = await typeHere(line, ...args);
  expect(code).toBe(0);
  return out;
}
const run = (args: readonly string[]) => typed(senderCommandLine(), args);
const runReceiver = (args: readonly string[]) => typed(receiverCommandLine(), args);
const rotate = async () => JSON.parse(await run(['rotate-key', directory, '--json']));
const layout = () => directoryLayout('diode-sender', directory);
const config = { boundary: 'site-a', stream: 'hr' };
const idOf = (key: Uint8Array) => signingKeyId(key).toString('hex');

async function requestsWhileRunning(command: () => Promise<unknown>): Promise<readonly string[]> {
  const lock = takeLock(layout().runLock, { waitMs: 0, seen: '', cure: '' });
  try {
    await command();
  } finally {
    lock.release();
  }
  return readdirSync(layout().requests);
}

describe('rotate-key', () => {
  it('makes a key for its owner alone and its card, and the same again while it waits', async () => {
    const first = await rotate();
    expect(statSync(layout().nextSigningKey).mode & 0o777).toBe(0o600);
    const { current, next } = readSigningKeys(layout());
    expect(first).toMatchObject({
      key: idOf(current.publicKey),
      next: idOf(next?.pair.publicKey ?? current.publicKey),
      wasMade: false,
    });
    expect(first.next).not.toBe(first.key);
    expect(next?.isInUse).toBe(false);
    expect(existsSync(layout().nextCard)).toBe(true);
    expect(await rotate()).toMatchObject({ key: first.key, next: first.next, wasMade: true });
    expect(await run(['rotate-key', directory])).toContain(
      `Key ${first.key} signs until a bundle names ${first.next} too.`,
    );
    expect(keysInUse(layout(), { stream: 'hr' }, Date.now()).signing.publicKey).toEqual(current.publicKey);
  });

  it('is told to a sender that runs, also when it was made before: the one who made it may have ended then', async () => {
    await rotate();
    expect(await requestsWhileRunning(() => rotate())).toHaveLength(1);
  });

  it('goes on from the key that took over: it is the one of the card then, and the one before is gone', async () => {
    const first = await rotate();
    storeKeyInUse(layout(), first.next);
    expect(idOf(keysInUse(layout(), { stream: 'hr' }, Date.now()).signing.publicKey)).toBe(first.next);
    const second = await rotate();
    expect(second).toMatchObject({ key: first.next, wasMade: false });
    const { current, next } = readSigningKeys(layout());
    expect(idOf(current.publicKey)).toBe(first.next);
    expect(next?.isInUse).toBe(false);
    const own = readOwnCard('diode-sender', directory);
    expect(own.kind === 'sender-card' && idOf(own.signingKey)).toBe(first.next);
    expect(cardLike(own, layout(), config)).toEqual(own);
  });

  it('leaves a directory that runs, wherever it ends between the card and the key', async () => {
    const first = await rotate();
    storeKeyInUse(layout(), first.next);
    copyFileSync(layout().nextCard, layout().card);
    const own = readOwnCard('diode-sender', directory);
    expect(cardLike(own, layout(), config)).toEqual(own);
    const second = await rotate();
    expect(second.key).toBe(first.next);
  });

  it('is in the backup with both keys and what has taken over', async () => {
    const first = await rotate();
    storeKeyInUse(layout(), first.next);
    const target = join(root, 'backup');
    await run(['backup', directory, target]);
    const copied = readSigningKeys(directoryLayout('diode-sender', target));
    expect(copied.next?.isInUse).toBe(true);
    expect(copied.current.publicKey).toEqual(readSigningKeys(layout()).current.publicKey);
  });
});

describe('a bundle that is carried', () => {
  it('is told to a sender that runs, also when it was stored before', async () => {
    const file = join(root, 'bundle.json');
    const issuedMs = Date.now();
    writeFileSync(file, signedBundle({ issuedMs, expiresMs: issuedMs + 86_400_000 }));
    await run(['trust', directory, file]);
    const out = await requestsWhileRunning(() => run(['trust', directory, file]));
    expect(out).toHaveLength(1);
  });
});
