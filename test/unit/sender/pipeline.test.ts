import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IssuedLog } from '../../../sender/issuer/issued-log.ts';
import { senderStatusText } from '../../../sender/ops/status-view.ts';
import { type SenderOptions, startSender } from '../../../sender/pipeline.ts';
import type { RunningSender } from '../../../sender/running-sender.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import type {
  Source,
  SourceEntry,
  SourceEvent,
  SourceHandlers,
  SourcePosition,
} from '../../../sender/sources/source.ts';
import type { CarriedTrust } from '../../../sender/trust/carried-trust.ts';
import { signingKeyId } from '../../../src/crypto/digest.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import type { SendLink } from '../../../src/link/link.ts';
import { DATAGRAM_KIND, datagramKind } from '../../../src/wire/datagram.ts';
import { answers, keyServer, publicKey } from '../../support/foreign-rig.ts';
import { issuerConfig, makeSigner } from '../../support/issuer-rig.ts';
import { bundleContent } from '../../support/root-ceremony.ts';
import {
  boundary,
  entriesOf,
  link as linkParameters,
  MemoryAudit,
  receiverAgreement,
  senderAgreement,
  signing,
  stream,
  userLine,
} from '../../support/sender-rig.ts';
import { until } from '../../support/until.ts';
import { largestBurstBytes, type PassedDatagram } from '../../support/wire-capture.ts';

class ScriptedSource implements Source {
  readonly name = 'script';
  readonly isResumable = true;
  readonly calls: string[] = [];
  startedAt: SourcePosition | undefined;
  #handlers: SourceHandlers | undefined;
  start(position: SourcePosition | undefined, handlers: SourceHandlers): void {
    this.startedAt = position;
    this.#handlers = handlers;
  }
  give(entries: readonly SourceEntry[]): void {
    this.#handlers?.onEntries(entries);
  }
  tell(event: SourceEvent): void {
    this.#handlers?.onEvent(event);
  }
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
  async close(): Promise<void> {
    this.calls.push('close');
  }
}

class MemoryLink implements SendLink {
  readonly maxDatagramBytes = 65_507;
  readonly overheadBytes = 66;
  readonly sent: Buffer[] = [];
  isOpen = true;
  /** Takes what comes, as the batched link does, and hands it to a kernel that is full. */
  isKernelFull = false;
  refused = 0;
  isClosed = false;
  onSend: (datagram: Buffer) => void = () => {};
  room: () => void = () => {};
  fail: (error: Error) => void = () => {};
  queuedDatagrams = 0;
  send(datagram: Buffer): boolean {
    if (this.isOpen) this.queuedDatagrams++;
    if (this.isOpen) this.sent.push(datagram);
    if (this.isOpen) this.onSend(datagram);
    else this.refused++;
    return this.isOpen;
  }
  flush?(): boolean {
    if (!this.isKernelFull) this.queuedDatagrams = 0;
    return this.queuedDatagrams === 0;
  }
  onRoom(handler: () => void): void {
    this.room = handler;
  }
  onError(handler: (error: Error) => void): void {
    this.fail = handler;
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
  get symbols(): number {
    return this.sent.filter((datagram) => datagramKind(datagram) === DATAGRAM_KIND.symbol).length;
  }
}

let directory: string;
let link: MemoryLink;
let source: ScriptedSource;
let fatal: unknown[];
let logged: string[];
let senders: RunningSender[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sender-'));
  link = new MemoryLink();
  source = new ScriptedSource();
  fatal = [];
  logged = [];
  senders = [];
});

afterEach(async () => {
  for (const sender of senders) await sender.stop();
  rmSync(directory, { recursive: true });
});

async function start(
  changes: Partial<SenderOptions> = {},
  settings: Partial<SenderOptions['config']> = {},
): Promise<RunningSender> {
  const say = (_detail: object, text: string) => void logged.push(text);
  const sender = await startSender({
    config: {
      boundary,
      stream,
      source: { kind: 'jsonl', path: '-' },
      link: { ...linkParameters, kind: 'udp', address: '127.0.0.1', port: 1, sendBufferBytes: 65_536 },
      identity: { resourceTypes: [{ type: 'User' }], tokenIssuers: [] },
      snapshot: { intervalHours: 24, ratePercent: 5 },
      packer: { batchBodyBytes: 262_144, batchRecords: 1_000, lingerMs: 5 },
      journal: { maxBytes: 1e9 },
      foreignIssuers: [],
      ops: { address: '127.0.0.1', port: 0, logLevel: 'info' },
      ...settings,
    },
    storePath: join(directory, 'sender.db'),
    revertFolder: join(directory, 'reverts'),
    keys: { signing, agreement: senderAgreement },
    receivers: [{ agreementKey: receiverAgreement.publicKey }],
    source,
    rejects: { append: () => {} },
    audit: new MemoryAudit(),
    log: { debug: say, info: say, warn: say, error: say },
    onFatal: (error) => fatal.push(error),
    openLink: async () => link,
    ...changes,
  });
  senders.push(sender);
  return sender;
}

describe('sender pipeline', () => {
  it('takes up the next signing key that a command made, and says once that it took over', async () => {
    const next = signingKeyPair(Buffer.alloc(32, 9));
    const nextId = signingKeyId(next.publicKey).toString('hex');
    const took: string[] = [];
    const names = [signing, next].map(({ publicKey }) => ({ signingKey: publicKey, activeFromMs: 0 }));
    const [old, ofNext] = names as [(typeof names)[0], (typeof names)[0]];
    const senderKeys = [{ ...old, passiveFromMs: 1 }, ofNext];
    const senders = [{ stream, agreementKey: senderAgreement.publicKey, keys: senderKeys }];
    const bundle: CarriedTrust = { statements: ['{}'], roots: [], bundle: bundleContent({ senders }) };
    const audit = new MemoryAudit();
    const sender = await start({
      audit,
      readCarried: () => bundle,
      rotation: { next: undefined, onTakeOver: (keyId) => took.push(keyId) },
      readKeys: () => ({ current: signing, next: { pair: next, madeAtMs: 0, isInUse: false } }),
    });
    expect(sender.status().signing).toMatchObject({ state: 'passive' });
    expect(sender.requests['rotate-key']?.({ id: '1', kind: 'rotate-key', body: {} })).toMatchObject({
      outcome: 'done',
    });
    await until(() => took.length > 0);
    expect(sender.status().signing).toEqual({ keyId: nextId, state: 'active' });
    const currentId = signingKeyId(signing.publicKey).toString('hex');
    expect(audit.of('session-started')).toMatchObject([{ session: 1, key: currentId }]);
    expect(audit.of('signing-key-changed')).toEqual([{ event: 'signing-key-changed', key: nextId }]);
    expect(took).toEqual([nextId]);
    expect(logged.filter((line) => line.startsWith('The next signing key has taken over'))).toHaveLength(1);
  });

  it('carries the bundle that it was given before, and the one that a command hands over', async () => {
    const bundle = (version: number): CarriedTrust => {
      return { statements: [`{"v":${version}}`], roots: [2], bundle: bundleContent({ version }) };
    };
    let stored = bundle(1);
    const sender = await start({ readCarried: () => stored });
    const carried = () => sender.status().trust;
    await until(() => (carried()?.passes ?? 0) === 1);
    stored = bundle(2);
    const answer = sender.requests.trust?.({ id: '1', kind: 'trust', body: {} });
    expect(answer).toEqual({ outcome: 'done', detail: { root: 1, bundle: 2, statements: 1 } });
    await until(() => carried()?.passes === 1 && sender.status().datagrams.trust > 3);
    expect(carried()).toMatchObject({ bundle: { version: 2, root: 1 }, roots: [2] });
    expect(senderStatusText(sender.status(), 0)).toMatch(
      /bundle +version 2 under root 1, .*\n +with roots +2\n.* sent 1 times/,
    );
  });

  it('keeps the burst and the constant rate of its config', async () => {
    const rateBitsPerSecond = 10_000_000;
    const passed: PassedDatagram[] = [];
    link.onSend = ({ length }) => passed.push({ atMs: performance.now(), wireBytes: length + link.overheadBytes });
    const place = { kind: 'udp', address: '127.0.0.1', port: 1, sendBufferBytes: 65_536 } as const;
    const pace = { rateBitsPerSecond, burstBytes: 3_036, constantRate: true };
    await start({}, { link: { ...linkParameters, ...place, ...pace } });
    await until(() => passed.length >= 50);
    expect(new Set(passed.map(({ wireBytes }) => wireBytes))).toEqual(new Set([1_518]));
    expect(largestBurstBytes(passed, rateBitsPerSecond)).toBeLessThanOrEqual(3_036 + 1);
  });

  it('says hello at once, and sends a line with its frame', async () => {
    const sender = await start();
    await until(() => link.sent.length === 1);
    expect(datagramKind(link.sent[0] as Buffer)).toBe(DATAGRAM_KIND.hello);
    source.give(entriesOf([userLine('a')]));
    await until(() => link.symbols === 3);
    const status = sender.status();
    expect(status).toMatchObject({
      boundary,
      stream,
      session: { number: 1 },
      epoch: { number: 1 },
      head: { sequence: 1 },
      source: { isPaused: false, isResumable: true, lines: { delivered: 1, refused: 0 }, position: { offset: 1 } },
      records: { delta: 1 },
      frames: { journaled: 1, sent: 1 },
      datagrams: { source: 1, repair: 2 },
    });
  });

  it('journals and sends what it read before it stops, and goes on behind it', async () => {
    const first = await start();
    source.give(entriesOf([userLine('a'), userLine('b')]));
    await first.stop();
    expect(source.calls).toEqual(['pause', 'close']);
    expect(link.symbols).toBe(3);
    expect(datagramKind(link.sent.at(-1) as Buffer)).toBe(DATAGRAM_KIND.hello);
    expect(link.isClosed).toBe(true);
    source = new ScriptedSource();
    link = new MemoryLink();
    const second = await start();
    expect(source.startedAt).toEqual({ offset: 2 });
    expect(second.status()).toMatchObject({
      session: { number: 2 },
      head: { sequence: 1 },
      journal: { unsentFrames: 0 },
    });
  });

  it('waits at a stop until its last hello has left, where the link has no room for it', async () => {
    const sender = await start();
    source.give(entriesOf([userLine('a')]));
    await until(() => link.symbols === 3);
    const before = link.sent.length;
    link.isOpen = false;
    const stopped = sender.stop();
    await until(() => link.refused > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(link.isClosed).toBe(false);
    link.isOpen = true;
    link.room();
    await stopped;
    const last = link.sent.slice(before).map((datagram) => datagramKind(datagram));
    expect(last.at(-1)).toBe(DATAGRAM_KIND.hello);
  });

  it.each([
    ['tells', {}],
    ['does not tell', { flush: undefined }],
  ])('closes a link that %s of each batch once the kernel has its last hello', async (_, changes) => {
    Object.assign(link, changes);
    const sender = await start();
    await until(() => link.sent.length > 0);
    const before = link.sent.length;
    link.isKernelFull = true;
    const stopped = sender.stop();
    await until(() => link.sent.length > before);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(link.isClosed).toBe(false);
    Object.assign(link, { isKernelFull: false, queuedDatagrams: 0 });
    link.room();
    await stopped;
    expect(datagramKind(link.sent.at(-1) as Buffer)).toBe(DATAGRAM_KIND.hello);
  });

  it.each([
    ['refuses it', 'isOpen', false],
    ['has a full kernel', 'isKernelFull', true],
  ])('sends again in the next run what the kernel did not have at the stop, where the link %s', async (_, name, is) => {
    // A thousand times as fast as ours, so that what is written down every second would be.
    const clock = { nowMs: () => 1_000 * performance.now(), wallMs: () => Date.now() };
    const first = await start({ clock });
    await until(() => link.sent.length > 0);
    Object.assign(link, { [name]: is });
    source.give(entriesOf([userLine('a')]));
    await until(() => first.status().head.sequence === 1 && (link.refused > 0 || link.queuedDatagrams > 0));
    source.give(entriesOf([userLine('b')]));
    await until(() => first.status().head.sequence === 2);
    await first.stop();
    expect(link.isClosed).toBe(true);
    source = new ScriptedSource();
    link = new MemoryLink();
    const second = await start();
    expect(second.status()).toMatchObject({ head: { sequence: 2 }, journal: { unsentFrames: 2 } });
    await until(() => second.status().journal.unsentFrames === 0);
    expect(link.symbols).toBeGreaterThanOrEqual(2 * 3);
  });

  it('asks foreign issuers, and lets a set cross once it is approved', async () => {
    const server = await keyServer();
    server.behave(answers([publicKey('a')]));
    const issuer = { issuer: 'https://idp.example', jwks: server.url, approve: 'manual' as const, pollSeconds: 900 };
    const sender = await start({}, { foreignIssuers: [issuer] });
    await until(() => sender.status().foreign?.[0]?.decision === 'waiting');
    expect(senderStatusText(sender.status(), 0)).toMatch(/^Foreign issuers$[\s\S]*1 keys, wait for approval$/m);
    expect(sender.status().records['key-set']).toBe(0);
    const sha256 = sender.status().foreign?.[0]?.seen?.sha256;
    sender.requests['key-set']?.({ id: '1', kind: 'key-set', body: { decision: 'approved', sha256 } });
    await until(() => sender.status().records['key-set'] === 1);
    await server.close();
  });

  it('does not start while a former issuer with good tokens is not let pass: nobody could take them back', async () => {
    const store = openSenderStore(join(directory, 'sender.db'));
    const about = {
      jti: '1',
      sha256: '00',
      issuer: 'https://former.example',
      subject: 'ann',
      audience: 'a',
      keyId: 'k',
    };
    const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + 900_000 };
    new IssuedLog(store).add({ ...about, ...times }, { epoch: 1, sequence: 1, index: 0 });
    store.close();
    const identity = { resourceTypes: [{ type: 'User' }], tokenIssuers: ['https://new.example'] };
    await expect(start({}, { identity })).rejects.toMatchObject({ code: 'config-invalid' });
    await start({}, { identity: { ...identity, tokenIssuers: [...identity.tokenIssuers, about.issuer] } });
  });

  it('says that its revocations are complete only while the source is read to its end', async () => {
    const signer = makeSigner();
    const sender = await start(
      { issuerKey: { signer, open: async () => signer } },
      { issuer: { ...issuerConfig, statusSeconds: 0.001 } },
    );
    const said = () => sender.status().records.status;
    const isSilent = async (after: () => void) => {
      after();
      await until(() => sender.status().source.queuedLines === 0);
      const before = said();
      source.give(entriesOf([userLine('a')]));
      await until(() => sender.status().source.queuedLines === 0);
      return said() === before;
    };
    expect(await isSilent(() => {})).toBe(true);
    for (const event of [
      { kind: 'waiting', path: '/x' },
      { kind: 'error', error: new Error('no') },
      { kind: 'file-gone', path: '/x', offset: 0 },
      { kind: 'end' },
    ] as const) {
      const before = said();
      source.tell({ kind: 'caught-up' });
      await until(() => said() > before);
      expect(await isSilent(() => source.tell(event))).toBe(true);
    }
  });

  it('waits for room in the link, and loses no datagram meanwhile', async () => {
    const sender = await start();
    await until(() => link.sent.length === 1);
    link.isOpen = false;
    source.give(entriesOf([userLine('a')]));
    await until(() => sender.status().head.sequence === 1);
    await until(() => link.refused > 0);
    expect(link.symbols).toBe(0);
    link.isOpen = true;
    link.room();
    await until(() => link.symbols === 3);
  });

  it('pauses a source that is ahead of the journal, and resumes it', async () => {
    await start();
    const line = 'x'.repeat(1_000_000);
    source.give(entriesOf(Array.from({ length: 5 }, () => line)));
    expect(source.calls).toEqual(['pause']);
    await until(() => source.calls.length === 2);
    expect(source.calls).toEqual(['pause', 'resume']);
  });

  it('counts failed sends and goes on', async () => {
    const sender = await start();
    link.fail(Object.assign(new Error('send'), { code: 'ENETUNREACH' }));
    link.fail(Object.assign(new Error('send'), { code: 'ENETUNREACH' }));
    expect(sender.status().link.sendErrors).toEqual({ ENETUNREACH: 2 });
    expect(logged.filter((text) => text.includes('could not be sent'))).toHaveLength(1);
    source.give(entriesOf([userLine('a')]));
    await until(() => link.symbols === 3);
  });

  it('stops reading and says so when nothing may be written any more', async () => {
    const audit = new MemoryAudit();
    const sender = await start({ audit });
    audit.sync = () => {
      throw new Error('audit-failed');
    };
    source.give(entriesOf([userLine('a')]));
    await until(() => fatal.length === 1);
    expect(sender.status()).toMatchObject({ source: { isPaused: true, pausedBy: 'failed' }, failure: {} });
    expect(link.symbols).toBe(0);
    await sender.stop();
    expect(source.calls).toEqual(['pause', 'close']);
    expect(fatal).toHaveLength(1);
  });

  it('leaves nothing open when it cannot start', async () => {
    await expect(start({ storePath: directory })).rejects.toMatchObject({
      code: 'directory-missing',
    });
    expect(link.isClosed).toBe(true);
  });

  it('says at the start that a source without positions is best effort', async () => {
    const stdin = Object.assign(new ScriptedSource(), { isResumable: false });
    const sender = await start({ source: stdin });
    expect(sender.status().source.isResumable).toBe(false);
    expect(logged.some((text) => text.includes('no positions'))).toBe(true);
  });
});
