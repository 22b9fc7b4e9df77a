/**
 * A process of its own on the connected side: sends hostile datagrams for so many seconds, as fast as it can or at a
 * given rate, and prints how many. Arguments: the capture, address, port, seconds, datagrams a second (0: all it can), seed.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { seededFractions } from '../../bench/workload/seeded-fractions.ts';
import { capturedDatagrams } from './captured-datagrams.ts';
import { hostileDatagrams } from './hostile-datagrams.ts';

const SOCKETS = 4;
/** Handed to a socket and not yet called back. */
const MAX_QUEUED = 256;
/** Made once and sent in turn: making them would cost more than sending them. */
const POOL = 20_000;

const [capture = '', address = '', ...numbers] = process.argv.slice(2);
const [port = 0, seconds = 0, rate = 0, seed = 0] = numbers.map(Number);
const pool = hostileDatagrams(capturedDatagrams(readFileSync(capture)), POOL, seededFractions(seed));
const sockets = await Promise.all(Array.from({ length: SOCKETS }, openSocket));
const startedMs = performance.now();
const elapsedMs = () => performance.now() - startedMs;
let sent = 0;
let failed = 0;
let queued = 0;
while (elapsedMs() < seconds * 1_000) {
  const allowed = rate === 0 ? Number.POSITIVE_INFINITY : (elapsedMs() / 1_000) * rate;
  while (queued < SOCKETS * MAX_QUEUED && sent < allowed) send(sockets[sent % SOCKETS] as Socket);
  await turn();
}
while (queued > 0) await turn();
for (const socket of sockets) socket.close();
console.log(JSON.stringify({ sent, failed, seconds: elapsedMs() / 1_000 }));

function send(socket: Socket): void {
  queued++;
  socket.send(pool[sent % pool.length] as Buffer, (error) => {
    queued--;
    if (error) failed++;
  });
  sent++;
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.connect(port, address);
  await once(socket, 'connect');
  // ICMP errors of an unreachable port come back as errors of the socket.
  socket.on('error', () => {});
  return socket;
}
