import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../../bench/support/free-port.ts';
import { readGate } from '../../../../receiver/gate/gate-store.ts';
import { IntakeLoop } from '../../../../receiver/intake/intake-loop.ts';
import { hasLinkThread, LinkThread } from '../../../../receiver/link-thread/link-thread.ts';
import type { UdpReceiveConfig } from '../../../../src/config/receiver-config.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { FrontHalf, HOLD_MS, newGate } from '../../../support/front-half.ts';
import { receiverKeys } from '../../../support/model-sender.ts';
import { sealedSender } from '../../../support/sealed-sender.ts';
import { until } from '../../../support/until.ts';

const FRAME_BYTES = 300_000;
const JUNK = Buffer.alloc(40);
const PAUSED = new Int32Array(new SharedArrayBuffer(4));

const closing: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.each(['segments', 'none'] as const)('a thread for the link, batching %s', (batching) => {
  it('brings what comes over UDP into the spool, and says how it passes the kernel', async () => {
    const { front, thread, send } = await running({ changes: { batching } });
    const { journal, session, hello } = await sealedSender();
    await send(hello, ...session.datagrams(journal.append()), ...session.datagrams(journal.append(300_000)));
    await until(() => front.spool.depth.frames === 2);
    expect(thread.batching()).toBeDefined();
    expect(thread.drops().socket).toBe(0);
    expect(front.status.datagrams).toMatchObject({ hello: 1, forged: 0, 'not-accepting': 0 });
  });

  it('takes no more than fits while the other thread is busy, counts what it then refuses, and goes on', async () => {
    const { front, thread, send, sendNow } = await running({ changes: { batching, receiveBufferBytes: 4_194_304 } });
    const { journal, session, hello } = await sealedSender();
    await send(hello);
    await until(() => front.status.hellos.accepted === 1);
    // Without a turn of its loop in between, this thread takes no report: more than the bound comes meanwhile.
    const frames = Math.ceil(RECEIVER_LIMITS.maxReportedBytes / FRAME_BYTES) + 12;
    for (let count = 0; count < frames; count++) {
      for (const datagram of session.datagrams(journal.append(FRAME_BYTES))) sendNow(datagram);
    }
    await until(() => thread.status.pauses > 0);
    const last = journal.append();
    const released = () => readGate(front.store).state?.sequence ?? 0;
    await until(async () => {
      await send(...session.datagrams(last));
      front.pass(HOLD_MS);
      return front.status.gate.heldFrames === 0 && released() === last.sequence;
    });
    const refused = front.status.datagrams['not-accepting'];
    // Where the link can wait the kernel drops what its buffer has no room for; else the thread does.
    expect(refused > 0).toBe(batching === 'none');
  });

  it('accounts for what comes before anyone takes a report', async () => {
    const { journal, session, hello } = await sealedSender();
    const datagrams = [hello, ...session.datagrams(journal.append()), ...Array.from({ length: 20 }, () => JUNK)];
    const { front } = await running({
      changes: { batching },
      meanwhile: async ({ send }) => {
        await send(...datagrams);
        // As at a start: this thread is busy, the other one reads; then what it says comes in.
        Atomics.wait(PAUSED, 0, 0, 100);
        await setImmediate();
      },
    });
    await until(() => counted(front) === datagrams.length && front.spool.depth.frames === 1);
    expect(front.status.datagrams).toMatchObject({ hello: 1, 'too-short': 20, 'not-accepting': 0 });
  });

  it('hands in what it has before it ends', async () => {
    const { front, loop, send } = await running({ changes: { batching } });
    const { journal, session, hello } = await sealedSender();
    const datagrams = [hello, ...session.datagrams(journal.append())];
    await send(...datagrams);
    await until(() => counted(front) === datagrams.length && front.spool.depth.frames === 1);
    await send(JUNK);
    // So that it is read, and its figures, which have time, not told yet.
    Atomics.wait(PAUSED, 0, 0, 5);
    await loop.stop();
    expect(counted(front)).toBe(datagrams.length + 1);
  });
});

describe('a thread for the link', () => {
  it('says which port is in use as the link itself does', async () => {
    const { thread, config, scratchFolder } = await running();
    expect(thread.status.pauses).toBe(0);
    await expect(LinkThread.open({ link: config, scratchFolder, onScratchError: raise })).rejects.toMatchObject({
      code: 'link-port-in-use',
      message: expect.stringContaining(`UDP port ${config.port} on 127.0.0.1 is taken`),
      cure: expect.stringContaining('link.port'),
    });
  });

  it('ends the program where it ends by itself, with the reason and a cure', async () => {
    const fatal: unknown[] = [];
    const { thread } = await running({ onFatal: (error) => fatal.push(error) });
    thread.proxy.handleSession({ opened: undefined } as never, { repairPercent: 0, repeatAfterMs: [] }, newGate());
    await until(() => fatal.length > 0);
    expect(fatal).toEqual([expect.objectContaining({ code: 'link-thread-ended' })]);
    expect(String(fatal[0])).toMatch(/The thread that reads the link ended: .*undefined/);
    expect((fatal[0] as { cure: string }).cure).toContain('link.ownThread: false');
  });

  it('says that what it had is lost where it fails while it is asked to end', async () => {
    const { thread } = await running();
    const errors: string[] = [];
    thread.onError(({ message }) => errors.push(message));
    thread.proxy.handleSession({ opened: undefined } as never, { repairPercent: 0, repeatAfterMs: [] }, newGate());
    await thread.close();
    expect(errors).toEqual([expect.stringMatching(/put together is lost, .*undefined/)]);
  });

  it('says where incomplete frames cannot be kept on disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'link-thread-'));
    closing.push(async () => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'file'), '');
    const said: string[] = [];
    const onScratchError = (message: string) => said.push(message);
    const scratchFolder = join(folder, 'file', 'blocks');
    const thread = await LinkThread.open({ link: await udp(), scratchFolder, onScratchError });
    closing.push(() => thread.close());
    await until(() => said.length > 0);
    expect(said[0]).toMatch(/ENOTDIR/);
  });

  it('empties what an earlier run left of incomplete frames', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'link-thread-'));
    closing.push(async () => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'blocks'));
    writeFileSync(join(folder, 'blocks', '1.1'), 'x');
    const scratchFolder = join(folder, 'blocks');
    const thread = await LinkThread.open({ link: await udp(), scratchFolder, onScratchError: raise });
    closing.push(() => thread.close());
    expect(existsSync(join(folder, 'blocks', '1.1'))).toBe(false);
  });

  it('tells how busy it is, of the last second', async () => {
    const { thread, send } = await running();
    expect(thread.status.busyShare).toBe(0);
    const noise = Array.from({ length: 200 }, () => Buffer.alloc(1_400, 7));
    const endMs = performance.now() + 1_100;
    while (performance.now() < endMs) await send(...noise);
    expect(thread.status.busyShare).toBeGreaterThan(0);
    expect(thread.status.busyShare).toBeLessThanOrEqual(1);
  });

  it('is had of UDP, where the config does not say otherwise and there is a core for it', async () => {
    const link = await udp();
    expect(hasLinkThread(link)).toBe(availableParallelism() > 1);
    expect([true, false].map((ownThread) => hasLinkThread({ ...link, ownThread }))).toEqual([true, false]);
    expect(hasLinkThread({ kind: 'media' })).toBe(false);
  });
});

async function udp(changes: Partial<UdpReceiveConfig> = {}): Promise<UdpReceiveConfig> {
  const port = await freePort();
  return { kind: 'udp', address: '127.0.0.1', port, receiveBufferBytes: 1_048_576, ...changes };
}

interface RunningOptions {
  readonly changes?: Partial<UdpReceiveConfig>;
  readonly onFatal?: (error: unknown) => void;
  /** Between the opening and the first that takes a report. */
  readonly meanwhile?: (link: { readonly send: (...datagrams: readonly Buffer[]) => Promise<void> }) => Promise<void>;
}

async function running({ changes = {}, onFatal = raise, meanwhile }: RunningOptions = {}) {
  const scratchFolder = mkdtempSync(join(tmpdir(), 'link-thread-'));
  closing.push(async () => rmSync(scratchFolder, { recursive: true, force: true }));
  const config = await udp(changes);
  const thread = await LinkThread.open({ link: config, scratchFolder, onScratchError: raise });
  closing.push(() => thread.close());
  const front = new FrontHalf({ changes: { proxy: thread.proxy } });
  front.wallOffsetMs = Date.now();
  const socket = createSocket('udp4');
  closing.push(async () => socket.close());
  const near = createSocket('udp4');
  closing.push(async () => near.close());
  await new Promise<void>((resolve) => near.connect(config.port, '127.0.0.1', resolve));
  let sent = 0;
  /** Before it returns, and so slowly that who reads it on another thread can follow. */
  const sendNow = (datagram: Buffer) => {
    near.send(datagram);
    if (++sent % 32 === 0) Atomics.wait(PAUSED, 0, 0, 1);
  };
  const send = async (...datagrams: readonly Buffer[]) => {
    for (const datagram of datagrams) {
      await new Promise((resolve) => socket.send(datagram, config.port, '127.0.0.1', resolve));
    }
  };
  await meanwhile?.({ send });
  const loop = await IntakeLoop.start({ intake: front.intake, link: thread, receiverKeys, onFatal });
  closing.push(() => loop.stop());
  return { front, thread, loop, config, scratchFolder, send, sendNow };
}

/** What waited for its session was counted when it came, and again when it was recalled. */
function counted({ status }: FrontHalf): number {
  return Object.values(status.datagrams).reduce((sum, count) => sum + count, -status.recalledDatagrams);
}

function raise(error: unknown): never {
  throw error;
}
