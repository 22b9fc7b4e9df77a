/** The process of `udp` before the diode: sends as fast as the link takes, and as the receiver keeps up. */
import type { Batching } from '../../../src/config/sender-config.ts';
import { openUdpSendLink, type UdpSendLink } from '../../../src/link/udp-send-link.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { NumberedDatagrams } from './numbered-datagrams.ts';
import { ProgressFile } from './progress-file.ts';

const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
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
    /** Sent and not yet received, at most. */
    ahead: number;
    progressPath: string;
  }): Promise<Sent> {
    const { address, port, batching, datagramBytes, seed, seconds, ahead, progressPath } = input;
    const datagrams = new NumberedDatagrams(datagramBytes, seed);
    const progress = new ProgressFile(progressPath, 'r');
    const link = await openUdpSendLink({ address, port, sendBufferBytes: SEND_BUFFER_BYTES, batching });
    const errors: Record<string, number> = {};
    link.onError((error) => {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      errors[code] = (errors[code] ?? 0) + 1;
    });
    const startedMs = performance.now();
    const sent = await sendFor(seconds, { link, datagrams, progress, ahead });
    const took = (performance.now() - startedMs) / 1_000;
    const status = link.batching?.().kind;
    await link.close();
    progress.close();
    return { sent, seconds: took, batching: status, errors };
  },
};

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
