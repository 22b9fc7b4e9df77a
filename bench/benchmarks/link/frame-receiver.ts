/**
 * The process of `link` behind the diode: link, assembler (AEAD, FEC), verification and order. Also bare datagrams through the
 * addon alone.
 */
import { createHash } from 'node:crypto';
import { Gate } from '../../../receiver/gate/gate.ts';
import { Assembler } from '../../../receiver/intake/assembler.ts';
import { verifyFrame } from '../../../receiver/intake/frame-verifier.ts';
import { SYSTEM_CLOCK } from '../../../receiver/intake/intake-loop.ts';
import { SessionTable } from '../../../receiver/intake/session-table.ts';
import { TurnClock } from '../../../receiver/intake/turn-clock.ts';
import { READABLE } from '../../../src/link/udp-addon.ts';
import { openUdpReceiveLink, type UdpReceiveLink } from '../../../src/link/udp-receive-link.ts';
import type { ProgramProfile } from '../../support/benchmark.ts';
import { cpuSeconds, profileOf } from '../../support/core-time.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { RECEIVE_BUFFER_BYTES } from '../../support/receive-window.ts';
import { ToldCount, type ToldCountOptions } from '../../support/told-count.ts';
import { openAddon } from '../udp/way.ts';
import { BOUNDARY, EPOCH, monotonicSeconds, newCodec, REPAIR_PERCENT, STREAM, sessionOfRun } from './link-session.ts';

const SLAB_BYTES = 8 * 64 * 1024;

export interface Expected extends ToldCountOptions {
  readonly address: string;
}

export interface Got {
  readonly datagrams: number;
  /** Lost by the socket. */
  readonly dropped: number | undefined;
  readonly frames: number;
  /** SHA-256 of the digests of the frames that were released, in order. */
  readonly digest: string;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly repairedBlocks: number;
  readonly cpuSeconds: number;
  readonly endedSeconds: number;
  readonly profile?: ProgramProfile;
}

interface Open {
  readonly tally: ToldCount;
  readonly startedCpuSeconds: number;
  /** Stops, and tells what came. */
  finish(): Promise<Omit<Got, 'datagrams' | 'cpuSeconds' | 'endedSeconds'> & { readonly endedSeconds?: number }>;
  readonly profile?: Promise<ProgramProfile>;
}

let open: Open | undefined;

const handlers = {
  /** Listens for the frames of a run; answers its port. */
  async open(
    options: Expected & { run: number; publicKey: string; head: string; frames: number; isProfiled: boolean },
  ): Promise<number> {
    const tally = new ToldCount(options);
    const { port, ...rest } = await openFrames(options, tally);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const profile = options.isProfiled ? profileOf('receiver', () => ended) : undefined;
    open = {
      ...rest,
      tally,
      startedCpuSeconds: cpuSeconds(),
      ...(profile && { profile }),
      async finish() {
        end();
        return rest.finish();
      },
    };
    return port;
  },

  /** Listens for bare datagrams; answers its port. */
  async openBare(options: Expected): Promise<number> {
    const tally = new ToldCount(options);
    const { port, ...rest } = openBare(options, tally);
    open = { ...rest, tally, startedCpuSeconds: cpuSeconds() };
    return port;
  },

  /** Once all came, or nothing has come for a while. Closes what was opened. */
  async finish({ sent }: { readonly sent: number }): Promise<Got> {
    if (open === undefined) throw new Error('nothing is open');
    const { tally, profile, startedCpuSeconds } = open;
    await tally.settle(sent);
    const used = { cpuSeconds: cpuSeconds() - startedCpuSeconds, endedSeconds: monotonicSeconds() };
    const came = await open.finish();
    tally.close();
    const profiled = await profile;
    return { datagrams: tally.count, ...used, ...came, ...(profiled && { profile: profiled }) };
  },
};

export type FrameReceiver = typeof handlers;

async function openFrames(
  options: Expected & { run: number; publicKey: string; head: string; frames: number },
  tally: ToldCount,
) {
  const { address, run, frames } = options;
  const publicKey = Buffer.from(options.publicKey, 'hex');
  const keys = { find: () => publicKey };
  const gate = new Gate({ boundary: BOUNDARY, stream: STREAM, holdMs: 60_000 });
  const head = { ...EPOCH, oldestSequence: 1, sequence: frames, digest: Buffer.from(options.head, 'hex') };
  gate.handleHello(performance.now(), { head }, 'first');
  const sessions = new SessionTable();
  const session = sessions.open({ ...sessionOfRun(run), epoch: EPOCH.epoch });
  let repairedBlocks = 0;
  const onBlock = ({ outcome }: { readonly outcome: string }) => {
    if (outcome === 'recovered') repairedBlocks++;
  };
  const assembler = new Assembler({ sessions, filter: gate, decoder: newCodec(), onBlock });
  assembler.handleSession(session, { repairPercent: REPAIR_PERCENT, repeatAfterMs: [] });
  const outcomes: Record<string, number> = {};
  const digest = createHash('sha256');
  let released = 0;
  let endedSeconds = 0;
  const count = (outcome: string) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  const clock = new TurnClock(SYSTEM_CLOCK);
  const place = { kind: 'udp', address, port: 0, receiveBufferBytes: RECEIVE_BUFFER_BYTES } as const;
  const link: UdpReceiveLink = await openUdpReceiveLink({ ...place, batching: 'segments' });
  link.onDatagram((datagram) => {
    const nowMs = clock.nowMs();
    count(assembler.handleDatagram(nowMs, datagram));
    for (let next = assembler.poll(nowMs); next !== undefined; next = assembler.poll(nowMs)) {
      const frame = verifyFrame(next.bytes, keys);
      count(typeof frame === 'string' ? `frame ${frame}` : `frame ${gate.handleFrame(nowMs, frame)}`);
    }
    for (let next = gate.poll(nowMs, 0); next !== undefined; next = gate.poll(nowMs, 0)) {
      if (next.kind !== 'release') continue;
      digest.update(next.frame.digest);
      released++;
      endedSeconds = monotonicSeconds();
    }
    tally.add(1);
  });
  return {
    port: link.port,
    async finish() {
      const dropped = link.drops().socket;
      await link.close();
      return { dropped, frames: released, digest: digest.digest('hex'), outcomes, repairedBlocks, endedSeconds };
    },
  };
}

function openBare({ address }: Expected, tally: ToldCount) {
  const addon = openAddon();
  const socket = addon.bind(address, 0, RECEIVE_BUFFER_BYTES, true);
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const starts = new Uint32Array(512);
  const lengths = new Uint32Array(512);
  addon.watch(socket, READABLE, () => {
    for (let left = addon.read(socket, slab); left > 0; ) {
      const count = addon.places(socket, starts, lengths);
      tally.add(count);
      left -= count;
    }
  });
  return {
    port: addon.port(socket),
    async finish() {
      const dropped = addon.drops(socket);
      addon.close(socket);
      return { dropped, frames: 0, digest: '', outcomes: {}, repairedBlocks: 0 };
    },
  };
}

answerRequests(handlers);
