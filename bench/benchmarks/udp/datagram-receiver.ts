/** The process of `udp` behind the diode: counts and checks each datagram. */
import type { Batching } from '../../../src/config/sender-config.ts';
import { openUdpReceiveLink, type UdpReceiveLink } from '../../../src/link/udp-receive-link.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { NumberedDatagrams } from './numbered-datagrams.ts';
import { ProgressFile } from './progress-file.ts';

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** Datagrams between two words to the sender: a call of about a microsecond for each. */
const PROGRESS_STEP = 32;
const LOOK_MS = 10;
/** Half a second in which nothing comes: the rest is lost. */
const MAX_SILENT_LOOKS = 50;

export interface Received {
  readonly received: number;
  /** Not the next one to the last byte: altered, doubled or out of order. */
  readonly wrong: number;
  /** Lost by the socket. */
  readonly dropped: number | undefined;
  readonly batching: Batching | undefined;
}

const none = { received: 0, wrong: 0 };
let counts = { ...none };
let link: UdpReceiveLink | undefined;
let progress: ProgressFile | undefined;

const handlers = {
  /** Listens; answers its port. */
  async open(input: {
    address: string;
    batching: Batching;
    datagramBytes: number;
    seed: number;
    progressPath: string;
  }): Promise<number> {
    const { address, batching, datagramBytes, seed, progressPath } = input;
    const datagrams = new NumberedDatagrams(datagramBytes, seed);
    const told = new ProgressFile(progressPath, 'w+');
    const opened = await openUdpReceiveLink({
      kind: 'udp',
      address,
      port: 0,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      batching,
    });
    const seen = { ...none };
    opened.onDatagram((datagram) => {
      if (!datagrams.matches(datagram, seen.received)) seen.wrong++;
      seen.received++;
      if (seen.received % PROGRESS_STEP === 0) told.write(seen.received);
    });
    counts = seen;
    link = opened;
    progress = told;
    return opened.port;
  },

  /** Once so many have come, or nothing has come for a while. Closes what was opened. */
  async count(input: { sent: number }): Promise<Received> {
    let seen = counts.received;
    for (let silent = 0; counts.received < input.sent && silent < MAX_SILENT_LOOKS; silent++) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (counts.received !== seen) silent = 0;
      seen = counts.received;
    }
    const result = { ...counts, dropped: link?.drops().socket, batching: link?.batching?.().kind };
    await link?.close();
    progress?.close();
    return result;
  },
};

export type DatagramReceiver = typeof handlers;

answerRequests(handlers);
