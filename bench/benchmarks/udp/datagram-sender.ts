/** The process of `udp` before the diode: sends as fast as the way takes, and as the receiver keeps up. */
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Batching } from '../../../src/config/sender-config.ts';
import { openUdpSendLink } from '../../../src/link/udp-send-link.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { ProgressFile } from '../../support/progress-file.ts';
import { NumberedDatagrams } from './numbered-datagrams.ts';
import { BATCHINGS, openAddon, type Way } from './way.ts';

const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
const BATCH = 256;

export interface Sent {
  readonly sent: number;
  readonly seconds: number;
  readonly batching: Batching | undefined;
  readonly errors: Readonly<Record<string, number>>;
}

interface Options {
  readonly way: Way;
  readonly address: string;
  readonly port: number;
  readonly datagramBytes: number;
  readonly seed: number;
  readonly seconds: number;
  /** Sent and not yet received, at most. */
  readonly ahead: number;
  readonly progressPath: string;
}

interface Open {
  /** Sends datagrams from the first of these numbers up to the second, or a part of them: how many. */
  send(from: number, upTo: number): number;
  readonly batching: Batching | undefined;
  close(): Promise<void>;
}

const handlers = {
  async run(options: Options): Promise<Sent> {
    const datagrams = new NumberedDatagrams(options.datagramBytes, options.seed);
    const progress = new ProgressFile(options.progressPath, 'r');
    const errors: Record<string, number> = {};
    const onError = (code: string) => {
      errors[code] = (errors[code] ?? 0) + 1;
    };
    const open = await (options.way === 'addon' ? openRaw : openLink)(options, datagrams, onError);
    const startedMs = performance.now();
    const endMs = startedMs + options.seconds * 1_000;
    let sent = 0;
    while (performance.now() < endMs) {
      sent += open.send(sent, progress.read() + options.ahead);
      // Once round the loop: what is queued leaves.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    const { batching } = open;
    await open.close();
    progress.close();
    return { sent, seconds, batching, errors };
  },
};

type OnError = (code: string) => void;

async function openLink(options: Options, datagrams: NumberedDatagrams, onError: OnError): Promise<Open> {
  const { address, port, way } = options;
  const place = { address, port, sendBufferBytes: SEND_BUFFER_BYTES };
  const link = await openUdpSendLink({ ...place, batching: BATCHINGS[way] });
  link.onError((error) => onError((error as NodeJS.ErrnoException).code ?? 'unknown'));
  return {
    send(from, upTo) {
      let next = from;
      while (next < upTo && link.send(datagrams.at(next))) next++;
      return next - from;
    },
    get batching() {
      return link.batching?.().kind;
    },
    close: () => link.close(),
  };
}

async function openRaw(options: Options, datagrams: NumberedDatagrams, onError: OnError): Promise<Open> {
  const addon = openAddon();
  const socket = addon.connect(options.address, options.port, SEND_BUFFER_BYTES);
  return {
    send(from, upTo) {
      let next = from;
      while (next < upTo) {
        const count = Math.min(BATCH, datagrams.round, upTo - next);
        const taken = addon.send(socket, datagrams.batch(next, count), true);
        if (taken <= 0) {
          if (taken !== -constants.errno.EAGAIN) onError(getSystemErrorName(taken));
          break;
        }
        next += taken;
      }
      return next - from;
    },
    batching: 'segments',
    close: async () => addon.close(socket),
  };
}

export type DatagramSender = typeof handlers;

answerRequests(handlers);
