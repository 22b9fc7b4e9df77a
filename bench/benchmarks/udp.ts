/** Raw datagrams through the links of the product, over a one-way veth pair: in batches, and one by one through node:dgram. */
import { join } from 'node:path';
import { chooseBatching } from '../../src/link/udp-batching.ts';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { type Figure, figure, type Target } from '../support/figure.ts';
import { type HelperProcess, startHelper } from '../support/helper-process.ts';
import { canMakeNamespaces, type Namespace } from '../support/namespace.ts';
import { createOneWayRig, oneWayAddresses } from '../support/one-way-rig.ts';
import { receiveWindow, receiveWindowNotes } from '../support/receive-window.ts';
import type { DatagramReceiver } from './udp/datagram-receiver.ts';
import type { DatagramSender } from './udp/datagram-sender.ts';
import { besideIperf, hasIperf, IPERF_MISSING, measureIperf } from './udp/iperf.ts';
import { BATCHINGS, WAYS, type Way } from './udp/way.ts';

/** MTU less IPv4 and UDP: datagrams that fill the frame. */
const SIZES = [1_500, 9_000].map((mtuBytes) => ({ mtuBytes, datagramBytes: mtuBytes - 28 }));
const PACKETS = ['whole', 'cut'] as const;
/** What the receiver tells the sender, while as much as may be ahead passes. */
const WORDS_A_ROUND = 8;
const TARGETS: Readonly<Record<(typeof PACKETS)[number], Target>> = {
  whole: { of: 'ratio', atLeast: 10 },
  cut: { of: 'ratio', atLeast: 1.5 },
};

export const benchmark: Benchmark = {
  name: 'udp',
  title: 'raw datagrams over a one-way veth pair, in batches and one by one',
  missing() {
    if (!canMakeNamespaces()) return 'network namespaces; run as root with iproute2 and nftables';
    return (['send', 'receive'] as const).map((way) => chooseBatching('segments', way).status.problem).find(Boolean);
  },
  run,
};

interface Place {
  readonly mtuBytes: number;
  readonly datagramBytes: number;
  readonly packets: (typeof PACKETS)[number];
}

type Samples = Readonly<Record<Way, number[]>>;

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  const { isQuick, runCount, say } = context;
  const seconds = isQuick ? 0.1 : 1;
  const figures: Figure[] = [];
  const faults: string[] = [];
  let total = 0;
  for (const { mtuBytes, datagramBytes } of SIZES) {
    let cutSamples: readonly number[] = [];
    for (const packets of PACKETS) {
      const place = { mtuBytes, datagramBytes, packets };
      say(`MTU ${mtuBytes}, super-packets ${packets}`);
      const samples: Samples = { addon: [], link: [], 'link-datagrams': [], dgram: [] };
      total += await measure(context, { place, seconds, samples, faults });
      figures.push(...figuresOf(place, samples));
      if (packets === 'cut') cutSamples = samples.addon;
    }
    if (!hasIperf()) continue;
    say(`MTU ${mtuBytes}, iperf3`);
    const samples = await measureIperf({ mtuBytes, datagramBytes, seconds, runCount });
    const unit = 'datagrams/s';
    figures.push(
      besideIperf({ name: `udp.${mtuBytes}.cut.addon`, unit, samples: cutSamples }, samples),
      figure({ name: `udp.${mtuBytes}.iperf3`, unit, samples }),
    );
  }
  return {
    figures,
    notes: [
      `datagrams of ${SIZES.map(({ datagramBytes }) => datagramBytes).join(' and ')} bytes; ${total.toLocaleString('en')} were sent, each was counted, and its bytes compared`,
      'the sender is told beside the link how far the receiver is, so nothing may be lost; each run takes ' +
        `${seconds} s`,
      'addon: raw, by batch; link: through the links of the product, datagram by datagram, with link.batching segments and ' +
        'datagrams; node:dgram: the same links with none',
      'whole: messages of UDP_SEGMENT cross the veth pair in one piece; cut: as single datagrams (gso_max_segs 1)',
      ...receiveWindowNotes(),
      'iperf3: what arrived, of what it sent as fast as it could; it needs answers, so its pair lets them back',
    ],
    faults,
    leftOut: hasIperf() ? [] : [IPERF_MISSING],
  };
}

interface Task {
  readonly place: Place;
  readonly seconds: number;
  readonly samples: Samples;
  readonly faults: string[];
}

/** Of one way: processes of its own, kept from round to round, so that they are warm and only its code is. */
interface Pair {
  readonly way: Way;
  readonly receiver: HelperProcess<DatagramReceiver>;
  readonly sender: HelperProcess<DatagramSender>;
}

/** Each way in turn, so that all of them have the same minutes; the first round warms up. How many datagrams were sent. */
async function measure(context: BenchmarkContext, { place, seconds, samples, faults }: Task): Promise<number> {
  const rig = await createOneWayRig({ lossFraction: 0, mtuBytes: place.mtuBytes, superPackets: place.packets });
  const pairs = WAYS.map(
    (way): Pair => ({
      way,
      receiver: inside(rig.receiver, 'datagram-receiver'),
      sender: inside(rig.sender, 'datagram-sender'),
    }),
  );
  try {
    let total = 0;
    for (let round = 0; round <= context.runCount; round++) {
      for (const pair of pairs) {
        const { sent, rate, problems } = await transfer(context, { pair, place, seconds });
        total += sent;
        if (round > 0) samples[pair.way].push(rate);
        const name = `MTU ${place.mtuBytes}, ${place.packets}, ${pair.way}`;
        faults.push(...problems.map((problem) => `${name}: ${problem}`));
      }
    }
    const { reversePassed } = await rig.counters();
    if (reversePassed > 0) faults.push(`${reversePassed} packets came back through the rig`);
    return total;
  } finally {
    for (const { sender, receiver } of pairs) {
      await sender.stop();
      await receiver.stop();
    }
    await rig.destroy();
  }
}

async function transfer(
  { directory, seed }: BenchmarkContext,
  task: { readonly pair: Pair; readonly place: Place; readonly seconds: number },
) {
  const { pair, place, seconds } = task;
  const { way, receiver, sender } = pair;
  const { ahead, step } = receiveWindow({ fitting: fitting(place, way), words: WORDS_A_ROUND });
  const common = {
    address: oneWayAddresses.receiver.ipv4,
    way,
    datagramBytes: place.datagramBytes,
    seed,
    progressPath: join(directory, 'progress'),
  };
  const port = await receiver.ask('open', { ...common, step });
  const out = await sender.ask('run', { ...common, port, seconds, ahead });
  const { received, wrong, dropped, batching: receiving } = await receiver.ask('count', { sent: out.sent });
  const problems = [
    received === out.sent ? '' : `${out.sent} sent, ${received} received, ${dropped} dropped by the socket`,
    wrong === 0 ? '' : `${wrong} altered, doubled or out of order`,
    Object.keys(out.errors).length === 0 ? '' : `errors: ${JSON.stringify(out.errors)}`,
    out.batching === BATCHINGS[way] && receiving === BATCHINGS[way] ? '' : `it became ${out.batching}, ${receiving}`,
  ].filter((text) => text !== '');
  return { sent: out.sent, rate: received / out.seconds, problems };
}

/**
 * Sent and not yet received, at most, so that nothing is lost: half of the 1,000 packets that the kernel queues between two
 * namespaces; half of a receive buffer of 4 MiB, which counts as 8, where a datagram of 9,000 bytes counts as 32 KB and a
 * message of 64 KiB as little more.
 */
function fitting({ datagramBytes, packets }: Place, way: Way): number {
  const isLarge = datagramBytes > 1_500;
  if (packets === 'whole' && BATCHINGS[way] === 'segments') return isLarge ? 560 : 3_584;
  return isLarge ? 128 : 512;
}

function inside<H extends DatagramReceiver | DatagramSender>(side: Namespace, name: string): HelperProcess<H> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return startHelper<H>(new URL(`./udp/${name}.${extension}`, import.meta.url), ['ip', 'netns', 'exec', side.name]);
}

function figuresOf({ mtuBytes, packets }: Place, samples: Samples): readonly Figure[] {
  const limit = { what: 'node:dgram', samples: samples.dgram };
  const unit = 'datagrams/s';
  const name = `udp.${mtuBytes}.${packets}`;
  return [
    figure({ name: `${name}.addon`, unit, samples: samples.addon, limit, target: TARGETS[packets] }),
    figure({ name: `${name}.link`, unit, samples: samples.link, limit }),
    figure({ name: `${name}.link-datagrams`, unit, samples: samples['link-datagrams'], limit }),
  ];
}
