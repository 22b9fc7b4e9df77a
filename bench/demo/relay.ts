/**
 * The bad cable of the demo: UDP in on one loopback port, out to another, with datagrams dropped, doubled and swapped by
 * a seed. A process of its own. It only ever writes towards the receiver, as light in a diode does.
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { seededFractions } from '../workload/seeded-fractions.ts';

const { values } = parseArgs({
  options: { to: { type: 'string' }, loss: { type: 'string' }, seed: { type: 'string' } },
});
const toPort = Number(values.to);
const loss = Number(values.loss);
const DUPLICATE = 0.01;
const REORDER = 0.01;

const draw = seededFractions(Number(values.seed));
const counts = { received: 0, dropped: 0, duplicated: 0, reordered: 0 };
const socket = createSocket('udp4');
let late: Buffer | undefined;

socket.on('message', (datagram) => {
  counts.received++;
  // Always three draws a datagram, so that one decision does not shift the next.
  const [dropped, duplicated, reordered] = [draw() < loss, draw() < DUPLICATE, draw() < REORDER];
  if (dropped) {
    counts.dropped++;
    return;
  }
  if (reordered && late === undefined) {
    counts.reordered++;
    late = datagram;
    return;
  }
  socket.send(datagram, toPort, '127.0.0.1');
  if (duplicated) {
    counts.duplicated++;
    socket.send(datagram, toPort, '127.0.0.1');
  }
  if (late !== undefined) {
    socket.send(late, toPort, '127.0.0.1');
    late = undefined;
  }
});
socket.bind(0, '127.0.0.1', () => {
  socket.setRecvBufferSize(4 * 1024 * 1024);
  process.send?.({ port: socket.address().port });
});
process.on('message', () => process.send?.({ counts }));
process.on('disconnect', () => process.exit(0));
