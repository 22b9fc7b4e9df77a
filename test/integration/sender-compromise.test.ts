/**
 * docs/ceremony.md, "A sender is compromised", on a running pair under a root with a bundle: the real programs and commands,
 * over the loopback. Whoever has the sender's keys goes on sending with them from the first line to the last.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeConfig, diode } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { RunningPair } from '../../bench/support/running-pair.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { CeremonyTable } from '../support/ceremony-table.ts';
import { type EmbeddedSite, openEmbeddedSite } from '../support/embedded-site.ts';

const BOUNDARY = 'site-a';
const TIMEOUT_MS = 60_000;
const LOOK_MS = 200;

const root = mkdtempSync(join(tmpdir(), 'compromise-'));
const table = new CeremonyTable(root, BOUNDARY);
const newDirectory = join(root, 'sender-new');
mkdirSync(join(root, 'clean'));
let site: EmbeddedSite;
/** The machine that somebody took over, and the clean one; the receiver is of both. */
let taken: RunningPair;
let clean: RunningPair;

const put = (id: string, userName: string) => {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  return JSON.stringify({ type: 'User', op: 'put', resource: { schemas, id, userName } });
};

/** userName by id, as a consumer has it. */
async function published(): Promise<Readonly<Record<string, string>>> {
  const state = new Map<string, string>();
  for (const { key, value } of await site.read('identity')) {
    const id = String(key).split('|')[1] as string;
    if (value === null) state.delete(id);
    else state.set(id, (JSON.parse(value) as { userName: string }).userName);
  }
  return Object.fromEntries([...state].sort());
}

async function publishes(wanted: Readonly<Record<string, string>>): Promise<void> {
  const endMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    const state = await published();
    if (JSON.stringify(state) === JSON.stringify(wanted)) return;
    if (performance.now() > endMs) throw new Error(`published is ${JSON.stringify(state)}; logs in ${root}`);
    await delay(LOOK_MS);
  }
}

const sender = (...args: readonly string[]) => diode('sender', args);
const receiver = (...args: readonly string[]) => diode('receiver', args);
const receiverDirectory = () => taken.pair.receiverDirectory;

beforeAll(async () => {
  site = await openEmbeddedSite({ directory: root, boundary: BOUNDARY });
  taken = site.running;
  await table.begin(taken.pair);
  await taken.start('receiver');
  taken.append([put('alice', 'v1'), put('bob', 'v1')]);
  await taken.start('sender');
  await publishes({ alice: 'v1', bob: 'v1' });
});
afterAll(async () => {
  await clean?.stop('sender');
  await site?.close();
  rmSync(root, { recursive: true, force: true });
});

describe('a sender that is compromised', () => {
  it('is believed until its key is revoked, and from the next frame on no more; what it said is on record', async () => {
    taken.append([put('bob', 'stolen'), put('mallory', 'v1')]);
    await publishes({ alice: 'v1', bob: 'stolen', mallory: 'v1' });
    const keyId = (await taken.sender())?.signing.keyId ?? '';
    const said = await receiver('trust', receiverDirectory(), await table.next(['--revoke', keyId]));
    expect(said).toContain(`Revoked: the key ${keyId} of hr. Its frames`);
    await taken.until('receiver', ({ trust }) => trust?.bundle.version === 2, TIMEOUT_MS);
    taken.append([put('alice', 'stolen')]);
    const isRefused = ({ frames, hellos }: ReceiverStatus['intake']) => frames['key-revoked'] && hellos['hello-key'];
    await taken.until('receiver', ({ intake }) => Boolean(isRefused(intake)), TIMEOUT_MS);
    const found = await receiver('audit', 'search', receiverDirectory(), '--subject', 'mallory', '--json');
    expect(JSON.parse(found)).toMatchObject({ event: 'records-published' });
  });

  it('is made anew under another agreement key, and begins the next epoch, while the thief goes on', async () => {
    const sourcePath = join(root, 'hr-new.jsonl');
    const [card, to] = [join(receiverDirectory(), 'receiver-card.json'), `127.0.0.1:${site.linkPort}`];
    const place = ['--stream', 'hr', '--receiver-card', card, '--to', to, '--source', sourcePath];
    await sender('init', newDirectory, ...place);
    const ports = { sender: await freePort(), receiver: 0 };
    changeConfig(newDirectory, [[['ops', 'port'], ports.sender]]);
    const pair = { ...taken.pair, senderDirectory: newDirectory };
    clean = new RunningPair({ pair, directory: join(root, 'clean'), ports, sourcePath });
    const bundle = await table.next(['--sender', join(newDirectory, 'sender-card.json')]);
    expect(await receiver('trust', receiverDirectory(), bundle)).toContain('takes it up when it is started again');

    await taken.stop('receiver');
    await taken.start('receiver');
    const next = /^ +next epoch +(\d+), /m.exec(await receiver('status', receiverDirectory()))?.[1] ?? '';
    await sender('new-epoch', newDirectory, '--epoch', next, '--yes');
    // The whole export, in which nobody is whom the thief made.
    clean.append([put('alice', 'v1'), put('bob', 'v1'), put('carol', 'v1')]);
    await clean.start('sender');
    const isHalted = ({ alarms }: { readonly alarms: readonly string[] }) =>
      alarms.some((alarm) => alarm.includes('names no frame of the epoch before'));
    await taken.until('receiver', isHalted, TIMEOUT_MS);
    const epochId = (await clean.sender())?.epoch.id ?? '';
    await receiver('accept-epoch', receiverDirectory(), '--epoch-id', epochId);
  });

  it('is healed by the first snapshot of the new one: all is as the source has it, and nothing of the thief counts', async () => {
    await publishes({ alice: 'v1', bob: 'v1', carol: 'v1' });
    // Still there, and nothing but a number of refused hellos: it lacks what the receiver has agreed on with the new one.
    const { intake } = await taken.until(
      'receiver',
      ({ alarms, intake: { hellos } }) => alarms.length === 0 && (hellos['hello-mac'] ?? 0) > 0,
      TIMEOUT_MS,
    );
    expect(intake.gate).toMatchObject({ epoch: 2, gaps: [] });
    const records = await site.read('identity');
    expect(records.filter(({ value }) => value?.includes('"userName":"stolen"'))).toHaveLength(1);
    expect(JSON.parse(await receiver('audit', 'verify', receiverDirectory(), '--json'))).toMatchObject({
      isGood: true,
    });
  });
});
