/** The process of `udp` before the diode: sends as fast as the link takes, and as the receiver keeps up. */
import type { Batching } from '../../../src/config/sender-config.ts';
import { openUdpSendLink, type UdpSendLink } from '../../../src/link/udp-send-link.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { NumberedDatagrams } from './numbered-datagrams.ts';
import { ProgressFile } from './progress-file.ts';

const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
/**
 * Sent and not yet received, at most: half of the 1,000 packets that the kernel queues between two namespaces, and at MTU
 * 9000, whose datagrams take 16 KB each, half of a receive buffer of 4 MiB, which counts as 8.
 */
const MAX_AHEAD = 512;
const MAX_AHEAD_BYTES = 2 * 1024 * 1024;
const SMALL_BYTES = 1_500;
const LARGE_COST_BYTES = 16_384;

export interface Sent {
  readonly sent: number;
  readonly seconds: number;
  readonly batching: Batching | undefined;
  readonly errors: Readonly<Record<string, number>>;
}

const handlers = {
  async run(input: {
    address: string;
    port: number;
    batching: Batching;
    datagramBytes: number;
    seed: number;
    seconds: number;
    progressPath: string;
  }): Promise<Sent> {
    const { address, port, batching, datagramBytes, seed, seconds, progressPath } = input;
    const datagrams = new NumberedDatagrams(datagramBytes, seed);
    const progress = new ProgressFile(progressPath, 'r');
    const link = await openUdpSendLink({ address, port, sendBufferBytes: SEND_BUFFER_BYTES, batching });
    const errors: Record<string, number> = {};
    link.onError((error) => {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      errors[code] = (errors[code] ?? 0) + 1;
    });
    const startedMs = performance.now();
    const sent = await sendFor(seconds, { link, datagrams, progress, ahead: aheadOf(datagramBytes) });
    const took = (performance.now() - startedMs) / 1_000;
    const status = link.batching?.().kind;
    await link.close();
    progress.close();
    return { sent, seconds: took, batching: status, errors };
  },
};

function aheadOf(datagramBytes: number): number {
  return datagramBytes > SMALL_BYTES ? Math.floor(MAX_AHEAD_BYTES / LARGE_COST_BYTES) : MAX_AHEAD;
}

interface Way {
  readonly link: UdpSendLink;
  readonly datagrams: NumberedDatagrams;
  readonly progress: ProgressFile;
  readonly ahead: number;
}

async function sendFor(seconds: number, { link, datagrams, progress, ahead }: Way): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  let sent = 0;
  while (performance.now() < endMs) {
    const upTo = progress.read() + ahead;
    while (sent < upTo && link.send(datagrams.make(sent))) sent++;
    // Once round the loop: what is queued leaves.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

export type DatagramSender = typeof handlers;

answerRequests(handlers);
