/**
 * Plays recorded datagrams to a receiver as fast as it takes them: never more than a part of its socket's buffer waits, so
 * nothing is lost and it never has to wait.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readDatagramFile } from './datagram-file.ts';
import { type SocketQueue, socketQueue } from './socket-queue.ts';

/** Of some 8 MB that the default buffer grants, and a quarter of what an unchanged kernel does (212,992). */
const MAX_QUEUED_BYTES = 100_000;
/** Between two looks at the queue: 8 datagrams of 1,452 bytes take 18 KB with what the kernel adds. */
const AT_ONCE = 8;
const WAIT_MS = 1;

/** Answers how many the receiver's socket dropped since it was opened. */
export async function play(path: string, port: number): Promise<{ readonly drops: number }> {
  const datagrams = readDatagramFile(path);
  const socket = createSocket('udp4');
  const send = (datagram: Buffer) =>
    new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  try {
    for (let from = 0; from < datagrams.length; from += AT_ONCE) {
      await Promise.all(datagrams.slice(from, from + AT_ONCE).map(send));
      while (look(port).queuedBytes > MAX_QUEUED_BYTES) await delay(WAIT_MS);
    }
    return { drops: look(port).drops };
  } finally {
    socket.close();
  }
}

function look(port: number): SocketQueue {
  const queue = socketQueue(readFileSync('/proc/net/udp', 'latin1'), port);
  if (queue === undefined) throw new Error(`nobody listens on port ${port}`);
  return queue;
}
