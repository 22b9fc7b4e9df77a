/** Signed frames in memory through FEC, AEAD, a one-way veth pair and back to frames whose signatures hold: one process a side. */
import { join } from 'node:path';
import { newLaneCipher } from '../../src/crypto/lane-cipher.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { chooseBatching } from '../../src/link/udp-batching.ts';
import { HEADER_BYTES } from '../../src/wire/datagram.ts';
import type {
  Benchmark,
  BenchmarkContext,
  BenchmarkReport,
  BenchmarkTable,
  ProgramProfile,
} from '../support/benchmark.ts';
import { callsPerCoreSecond } from '../support/core-time.ts';
import { type Figure, figure, spreadOf } from '../support/figure.ts';
import { type HelperProcess, startHelper } from '../support/helper-process.ts';
import { canMakeNamespaces, type Namespace } from '../support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../support/one-way-rig.ts';
import { hasOpenssl, opensslRate } from '../support/openssl-speed.ts';
import { receiveWindow, receiveWindowNotes } from '../support/receive-window.ts';
import { blockWork } from './fec/block-work.ts';
import type { FrameReceiver } from './link/frame-receiver.ts';
import type { FrameSender, Made } from './link/frame-sender.ts';
import { gigabits, type LinkRun, linkFigures, reachOf } from './link/link-figures.ts';
import { REPAIR_PERCENT } from './link/link-session.ts';
import { measurePrograms } from './link/programs.ts';
import {
  bytesPerSecond,
  type FrameShape,
  frameShape,
  type Parts,
  type PartTime,
  partTimes,
} from './link/sum-of-parts.ts';
import { besideIperf, hasIperf, IPERF_MISSING, measureIperf } from './udp/iperf.ts';

const MTU_BYTES = 1_500;
/** Of IP, UDP and Ethernet, for each datagram: what a sender's rate counts. */
const CABLE_BYTES = 66;
const BODY_BYTES = 256 * 1024;
const FULL = { frames: 512, bareDatagrams: 60_000, seconds: 0.3 } as const;
const QUICK = { frames: 24, bareDatagrams: 2_000, seconds: 0.02 } as const;
/** What the receiver tells the sender, while as much as may be ahead passes. */
const WORDS_A_ROUND = 16;
/** Of one block 6 or 7 symbols: more than half of what its repair symbols make good. */
const LEAVE_OUT_EVERY = 30;

/**
 * `fitting`: datagrams that are sent and not yet received, at most. Half of what a receive buffer of 4 MiB holds of whole super-packets; half of the
 * 1,000 packets that the kernel queues between two namespaces, where they are cut.
 */
const WAYS = [
  { name: 'whole', packets: 'whole', leaveOutEvery: 0, fitting: 3_584, napMs: 1 },
  { name: 'cut', packets: 'cut', leaveOutEvery: 0, fitting: 512, napMs: 0.2 },
  { name: 'repaired', packets: 'whole', leaveOutEvery: LEAVE_OUT_EVERY, fitting: 3_584, napMs: 1 },
] as const;
type Way = (typeof WAYS)[number];

export const benchmark: Benchmark = {
  name: 'link',
  title: 'signed frames through FEC, AEAD and a one-way veth pair, verified on the other side',
  missing() {
    if (!canMakeNamespaces()) return 'network namespaces; run as root with iproute2 and nftables';
    if (!hasOpenssl()) return 'the limit needs the command openssl, 3.x (apt-get install openssl)';
    return (['send', 'receive'] as const).map((way) => chooseBatching('segments', way).status.problem).find(Boolean);
  },
  run,
};

interface Pair {
  readonly rig: OneWayRig;
  readonly sender: HelperProcess<FrameSender>;
  readonly receiver: HelperProcess<FrameReceiver>;
  readonly made: Made;
}

interface Run extends LinkRun {
  readonly parts: readonly PartTime[];
}

/** What no rig is needed for. Bytes a second. */
interface CoreRates extends Omit<Parts, 'sendSeconds' | 'receiveSeconds'> {
  /** What openssl speed says of the same cipher. */
  readonly opensslAead: number;
}

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { isQuick, isProfiled, runCount, seed, say } = context;
  const sizes = isQuick ? QUICK : FULL;
  const faults: string[] = [];
  const profiles: ProgramProfile[] = [];
  const runs: Record<Way['name'], Run[]> = { whole: [], cut: [], repaired: [] };
  const cores: CoreRates[] = [];
  const pairs = new Map<Way['packets'], Pair>();
  let shape: FrameShape | undefined;
  try {
    for (const packets of ['whole', 'cut'] as const) {
      say(`signing ${sizes.frames} frames`);
      pairs.set(packets, await startPair(packets, { count: sizes.frames, bodyBytes: BODY_BYTES, seed }));
    }
    shape = frameShape((pairs.get('whole') as Pair).made.frameBytes[0] as number, {
      maxSymbolBytes: WIRE_LIMITS.defaultSymbolBytes,
      repairPercent: REPAIR_PERCENT,
    });
    for (let round = 0; round <= runCount; round++) {
      const core = coreRates(shape, { ...context, seconds: sizes.seconds });
      if (round > 0) cores.push(core);
      for (const [at, way] of WAYS.entries()) {
        const pair = pairs.get(way.packets) as Pair;
        const task = { context, way, pair, shape, core, faults };
        const bare = await sendBare(task, sizes.bareDatagrams);
        const number = round * WAYS.length + at + 1;
        const { run: one, profiles: taken } = await sendFrames(task, {
          number,
          bare,
          isProfiled: isProfiled && round > 0,
        });
        profiles.push(...taken);
        if (round === 0) continue;
        runs[way.name].push(one);
        say(
          `run ${round}, ${way.name}: ${gigabits(one.rate).toFixed(2)} of ${gigabits(one.limit.openssl).toFixed(2)} Gb/s`,
        );
      }
    }
  } finally {
    for (const { rig, sender, receiver } of pairs.values()) {
      await sender.stop();
      await receiver.stop();
      const { reversePassed } = await rig.counters();
      if (reversePassed > 0) faults.push(`${reversePassed} packets came back through the rig`);
      await rig.destroy();
    }
  }
  const figures = [
    ...WAYS.flatMap(({ name }) => linkFigures(name, runs[name], name !== 'repaired')),
    ...aeadFigures(cores),
  ];
  if (hasIperf()) {
    const datagramBytes = MTU_BYTES - 28;
    const received = await measureIperf({ mtuBytes: MTU_BYTES, datagramBytes, seconds: isQuick ? 0.1 : 1, runCount });
    const samples = received.map((datagrams) => gigabits(datagrams * datagramBytes));
    const cut = { name: 'link.cut.rate', unit: 'Gb/s', samples: runs.cut.map(({ rate }) => gigabits(rate)) };
    figures.push(besideIperf(cut, samples), figure({ name: 'link.iperf3', unit: 'Gb/s', samples }));
  }
  const onCable = (shape.datagrams * (shape.datagramBytes + CABLE_BYTES)) / shape.frameBytes;
  const cutReach = spreadOf(runs.cut.map(reachOf)).median * 8 * onCable;
  const programs = isProfiled ? undefined : await measurePrograms(context, { mtuBytes: MTU_BYTES, cutReach });
  return {
    figures: [...figures, ...(programs?.figures ?? [])],
    tables: [partsTable(runs), ...(programs?.tables ?? [])],
    notes: [...notesOf(shape, sizes.frames), ...(programs?.notes ?? [])],
    faults: [...faults, ...(programs?.faults ?? [])],
    leftOut: [...(hasIperf() ? [] : [IPERF_MISSING]), ...(programs?.leftOut ?? [])],
    profiles,
  };
}

async function startPair(
  packets: Way['packets'],
  frames: { readonly count: number; readonly bodyBytes: number; readonly seed: number },
): Promise<Pair> {
  const rig = await createOneWayRig({ lossFraction: 0, mtuBytes: MTU_BYTES, superPackets: packets });
  const sender = inside<FrameSender>(rig.sender, 'frame-sender');
  const receiver = inside<FrameReceiver>(rig.receiver, 'frame-receiver');
  return { rig, sender, receiver, made: await sender.ask('make', frames) };
}

function inside<H extends FrameSender | FrameReceiver>(side: Namespace, name: string): HelperProcess<H> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return startHelper<H>(new URL(`./link/${name}.${extension}`, import.meta.url), ['ip', 'netns', 'exec', side.name]);
}

function coreRates(
  { block, symbolBytes, datagramBytes }: FrameShape,
  { seconds, seed, isQuick }: { readonly seconds: number; readonly seed: number; readonly isQuick: boolean },
): CoreRates {
  const codec = new BlockCodec(loadKernelModule());
  const missing = Math.ceil((block.sourceCount + block.repairCount) / LEAVE_OUT_EVERY);
  const encoding = blockWork(block, codec, { symbolBytes, seed });
  const decoding = blockWork({ ...block, repairCount: missing }, codec, { symbolBytes, seed });
  const bytes = (call: () => void) => callsPerCoreSecond(call, seconds) * block.sourceCount * symbolBytes;
  const cipher = newLaneCipher(Buffer.alloc(32, 1));
  const sealed = Buffer.alloc(datagramBytes);
  cipher.seal(sealed, HEADER_BYTES);
  const datagram = Buffer.alloc(datagramBytes);
  const open = () => {
    // Opened where it lies, it has to be sealed again.
    sealed.copy(datagram);
    if (!cipher.open(datagram, HEADER_BYTES)) throw new Error('a datagram of our own does not open');
  };
  const speed = (work: Parameters<typeof opensslRate>[0]) => opensslRate(work, isQuick ? 1 : 2).perCoreSecond;
  return {
    encode: bytes(encoding.encode),
    decode: bytes(decoding.decode),
    seal: callsPerCoreSecond(() => cipher.seal(datagram, HEADER_BYTES), seconds) * symbolBytes,
    open: callsPerCoreSecond(open, seconds) * symbolBytes,
    opensslAead: speed({ algorithm: 'chacha20-poly1305', messageBytes: symbolBytes }),
    sha256: speed({ algorithm: 'sha256', messageBytes: BODY_BYTES }),
  };
}

interface Task {
  readonly context: BenchmarkContext;
  readonly way: Way;
  readonly pair: Pair;
  readonly shape: FrameShape;
  readonly core: CoreRates;
  readonly faults: string[];
}

interface Bare {
  readonly sendSeconds: number;
  readonly receiveSeconds: number;
}

/** What the kernel takes of a core for a datagram on each side, the addon included. */
async function sendBare({ context, way, pair, shape, faults }: Task, datagrams: number): Promise<Bare> {
  const place = placeOf(context, way);
  const { ahead, step } = receiveWindow({ fitting: way.fitting, words: WORDS_A_ROUND });
  const port = await pair.receiver.ask('openBare', { ...place, step });
  const options = { ...place, port, ahead, napMs: way.napMs, datagrams, bytes: shape.datagramBytes };
  const sent = await pair.sender.ask('sendBare', options);
  const got = await pair.receiver.ask('finish', { sent: sent.datagrams });
  if (got.datagrams !== sent.datagrams) {
    faults.push(
      `${way.name}, bare: ${sent.datagrams} datagrams sent, ${got.datagrams} received, ${got.dropped} dropped`,
    );
  }
  return { sendSeconds: sent.cpuSeconds / sent.datagrams, receiveSeconds: got.cpuSeconds / got.datagrams };
}

async function sendFrames(
  { context, way, pair, shape, core, faults }: Task,
  { number, bare, isProfiled }: { readonly number: number; readonly bare: Bare; readonly isProfiled: boolean },
): Promise<{ readonly run: Run; readonly profiles: readonly ProgramProfile[] }> {
  const { made, sender, receiver } = pair;
  const place = placeOf(context, way);
  const frames = made.frameBytes.length;
  const { publicKey, head } = made;
  const { ahead, step } = receiveWindow({ fitting: way.fitting, words: WORDS_A_ROUND });
  const port = await receiver.ask('open', { ...place, step, run: number, publicKey, head, frames, isProfiled });
  const { leaveOutEvery, napMs } = way;
  const sent = await sender.ask('send', {
    ...place,
    port,
    ahead,
    napMs,
    run: number,
    leaveOutEvery,
    isProfiled,
  });
  const got = await receiver.ask('finish', { sent: sent.datagrams });
  const problems = [
    got.datagrams === sent.datagrams
      ? ''
      : `${sent.datagrams} datagrams sent, ${got.datagrams} received, ${got.dropped} dropped by the socket`,
    got.frames === frames && got.digest === made.digest
      ? ''
      : `${got.frames} of ${frames} frames released, or others than were sent: ${JSON.stringify(got.outcomes)}`,
    leaveOutEvery === 0 || got.repairedBlocks === frames ? '' : `${got.repairedBlocks} blocks repaired of ${frames}`,
    Object.keys(sent.errors).length === 0 ? '' : `errors: ${JSON.stringify(sent.errors)}`,
  ].filter((text) => text !== '');
  faults.push(...problems.map((problem) => `${way.name}, run ${number}: ${problem}`));
  const bytes = made.frameBytes.reduce((sum, length) => sum + length, 0);
  const timesOf = (rates: CoreRates) => partTimes(shape, { ...rates, ...bare }, sent.datagrams / frames);
  const parts = timesOf(core);
  const withOpenssl = timesOf({ ...core, seal: core.opensslAead, open: core.opensslAead });
  return {
    run: {
      rate: bytes / (got.endedSeconds - sent.startedSeconds),
      senderSecondsPerByte: sent.cpuSeconds / bytes,
      receiverSecondsPerByte: got.cpuSeconds / bytes,
      limit: { openssl: bytesPerSecond(withOpenssl), own: bytesPerSecond(parts) },
      parts,
    },
    profiles: [sent.profile, got.profile].flatMap((profile) =>
      profile ? [{ ...profile, program: `${profile.program}, ${way.name}` }] : [],
    ),
  };
}

function placeOf({ directory }: BenchmarkContext, { name }: Way) {
  return { address: oneWayAddresses.receiver.ipv4, progressPath: join(directory, `progress-${name}`) };
}

/** openssl speed goes on under one nonce, so it makes no key for each message's tag, and no tag: nobody may seal so. */
function aeadFigures(cores: readonly CoreRates[]): Figure[] {
  const samples = (of: keyof CoreRates) => cores.map((core) => core[of] / 1e9);
  const limit = { what: 'openssl speed, one nonce for all', samples: samples('opensslAead') };
  return (['seal', 'open'] as const).map((of) =>
    figure({ name: `link.${of}`, unit: 'GB/s', samples: samples(of), limit }),
  );
}

/** Of the last run: what each part takes of a core. */
function partsTable(runs: Readonly<Record<Way['name'], readonly Run[]>>): BenchmarkTable {
  const last = WAYS.map(({ name }) => (runs[name].at(-1) as Run).parts);
  const rows = (last[0] ?? []).map(({ side, part }, at) => [
    side,
    part,
    ...last.map((parts) => nanoseconds((parts[at] as PartTime).secondsPerByte)),
  ]);
  const whole = (side: PartTime['side']) => [
    side,
    'all, measured',
    ...WAYS.map(({ name }) => {
      const one = runs[name].at(-1) as Run;
      return nanoseconds(side === 'sender' ? one.senderSecondsPerByte : one.receiverSecondsPerByte);
    }),
  ];
  const heads = ['side', 'part, of the last run', ...WAYS.map(({ name }) => `${name}, ns a byte`)];
  return { heads, rows: [...rows, whole('sender'), whole('receiver')] };
}

function notesOf(shape: FrameShape, frames: number): string[] {
  const { sourceCount, repairCount } = shape.block;
  return [
    `each run: ${frames} frames of ${shape.frameBytes} bytes, ${sourceCount} + ${repairCount} datagrams of ${shape.datagramBytes} bytes each; Gb/s are bytes of frames`,
    'every frame was released in order on the other side, its signature verified, and the digests of all compared; no datagram was lost',
    'the sender is told by a file beside the link how far the receiver is, so nothing may be lost',
    `whole: messages of UDP_SEGMENT cross the veth pair in one piece; cut: as single datagrams (gso_max_segs 1); repaired: whole, and every ${LEAVE_OUT_EVERY}th datagram does not leave, so that each block is decoded`,
    'rate: by the clock, one process a side; reach: by the CPU time of the busier side, all its threads, as on a core of its own',
    'sum of its parts: CPU time of each part alone on each side, the slower side: BlockCodec, openssl speed for SHA-256 and for ChaCha20-Poly1305 of a symbol, bare datagrams through the addon; of its own parts: one datagram sealed and opened again and again by our addon in place of that',
    ...receiveWindowNotes(),
    'iperf3: what arrived of 1,472-byte datagrams',
  ];
}

function nanoseconds(secondsPerByte: number): string {
  return secondsPerByte === 0 ? '' : (secondsPerByte * 1e9).toFixed(3);
}
