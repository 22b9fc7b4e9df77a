/** The process of `udp` behind the diode: counts and checks each datagram. */
import type { Batching } from '../../../src/config/sender-config.ts';
import { READABLE } from '../../../src/link/udp-addon.ts';
import { openUdpReceiveLink } from '../../../src/link/udp-receive-link.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { RECEIVE_BUFFER_BYTES } from '../../support/receive-window.ts';
import { ToldCount, type ToldCountOptions } from '../../support/told-count.ts';
import { NumberedDatagrams } from './numbered-datagrams.ts';
import { BATCHINGS, openAddon, type Way } from './way.ts';

const SLAB_BYTES = 8 * 64 * 1024;
const MAX_PLACES = 512;

export interface Received {
  readonly received: number;
  /** Batches through the addon, datagrams otherwise, with one that is not the next one to the last byte. */
  readonly wrong: number;
  /** Lost by the socket. */
  readonly dropped: number | undefined;
  readonly batching: Batching | undefined;
}

interface Open {
  readonly port: number;
  dropped(): number | undefined;
  readonly batching: Batching | undefined;
  close(): Promise<void>;
}

interface Options extends ToldCountOptions {
  readonly way: Way;
  readonly address: string;
  readonly datagramBytes: number;
  readonly seed: number;
}

/** What has come. */
class Tally extends ToldCount {
  wrong = 0;

  judge(count: number, isRight: boolean): void {
    this.add(count);
    if (!isRight) this.wrong++;
  }
}

let tally: Tally | undefined;
let open: Open | undefined;

const handlers = {
  /** Listens; answers its port. */
  async open(options: Options): Promise<number> {
    const datagrams = new NumberedDatagrams(options.datagramBytes, options.seed);
    tally = new Tally(options);
    open = await (options.way === 'addon' ? openRaw : openLink)(options, datagrams, tally);
    return open.port;
  },

  /** Once so many have come, or nothing has come for a while. Closes what was opened. */
  async count(input: { sent: number }): Promise<Received> {
    if (tally === undefined || open === undefined) throw new Error('nothing is open');
    await tally.settle(input.sent);
    const { count: received, wrong } = tally;
    const result = { received, wrong, dropped: open.dropped(), batching: open.batching };
    await open.close();
    tally.close();
    return result;
  },
};

async function openLink({ way, address }: Options, datagrams: NumberedDatagrams, seen: Tally): Promise<Open> {
  const batching = BATCHINGS[way];
  const place = { kind: 'udp', address, port: 0, receiveBufferBytes: RECEIVE_BUFFER_BYTES } as const;
  const link = await openUdpReceiveLink({ ...place, batching });
  link.onDatagram((datagram) => {
    seen.judge(1, datagram.length === datagrams.bytes && datagrams.matches(datagram, seen.count));
  });
  return {
    port: link.port,
    dropped: () => link.drops().socket,
    batching: link.batching?.().kind,
    close: () => link.close(),
  };
}

async function openRaw({ address }: Options, datagrams: NumberedDatagrams, seen: Tally): Promise<Open> {
  const addon = openAddon();
  const socket = addon.bind(address, 0, RECEIVE_BUFFER_BYTES, true);
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const starts = new Uint32Array(MAX_PLACES);
  const lengths = new Uint32Array(MAX_PLACES);
  addon.watch(socket, READABLE, () => {
    for (let left = addon.read(socket, slab); left > 0; ) {
      const count = addon.places(socket, starts, lengths);
      const isWhole = lengths.subarray(0, count).every((length) => length === datagrams.bytes);
      for (let from = 0; from < count; ) {
        // Those of one message.
        const start = starts[from] as number;
        let to = from + 1;
        while (to < count && starts[to] === start + (to - from) * datagrams.bytes) to++;
        const run = slab.subarray(start, start + (to - from) * datagrams.bytes);
        seen.judge(to - from, isWhole && datagrams.matches(run, seen.count));
        from = to;
      }
      left -= count;
    }
  });
  return {
    port: addon.port(socket),
    dropped: () => addon.drops(socket),
    batching: 'segments',
    close: async () => addon.close(socket),
  };
}

export type DatagramReceiver = typeof handlers;

answerRequests(handlers);
