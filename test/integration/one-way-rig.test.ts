import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canRunKafka, startKafka } from '../../bench/support/kafka.ts';
import { canMakeNamespaces, type Namespace } from '../../bench/support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { kcatRead } from '../support/kafka-tools.ts';
import { requirement } from '../support/requirement.ts';

const available = requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables');

describe.skipIf(!available)('the one-way rig', () => {
  let rig: OneWayRig;
  beforeAll(async () => {
    rig = await createOneWayRig({ lossFraction: 0 });
  });
  afterAll(() => rig?.destroy());

  test.each([
    ['IPv4', 'udp4', oneWayAddresses.receiver.ipv4],
    ['IPv6', 'udp6', oneWayAddresses.receiver.ipv6],
  ] as const)('carries every %s datagram forward', async (_name, family, address) => {
    expect(await transfer({ from: rig.sender, to: rig.receiver, family, address, count: 500 })).toBe(500);
  });

  test.each([
    ['IPv4', 'udp4', oneWayAddresses.sender.ipv4],
    ['IPv6', 'udp6', oneWayAddresses.sender.ipv6],
  ] as const)('carries no %s datagram back', async (_name, family, address) => {
    const before = await rig.counters();
    expect(await transfer({ from: rig.receiver, to: rig.sender, family, address, count: 50 })).toBe(0);
    const after = await rig.counters();
    expect(after.reversePassed).toBe(0);
    expect(after.reverseDropped - before.reverseDropped).toBeGreaterThanOrEqual(50);
  });

  test('loses about the fraction asked for, and everything when cut', async () => {
    const { sender: from, receiver: to } = rig;
    const all = { from, to, family: 'udp4', address: oneWayAddresses.receiver.ipv4, count: 2_000 } as const;
    await rig.setLoss(0.1);
    const before = await rig.counters();
    const received = await transfer(all);
    const after = await rig.counters();
    // 2000 draws at 0.1: a standard deviation is 13.4, and 6 of them fail once in a thousand million runs.
    expect(received).toBeGreaterThan(1_800 - 81);
    expect(received).toBeLessThan(1_800 + 81);
    expect(after.forwardLost - before.forwardLost).toBe(2_000 - received);
    await rig.setLoss(1);
    expect(await transfer({ ...all, count: 50 })).toBe(0);
    await rig.setLoss(0);
    expect((await rig.counters()).reversePassed).toBe(0);
  });

  test('lets through no more than the rate asked for', async () => {
    const slow = await createOneWayRig({ lossFraction: 0, rateMbit: 10 });
    try {
      // 1000 × 1442 bytes, less the burst of 32 KB and the 125 KB that the shaper queues, take 1.03 s at 10 Mb/s, and
      // 0.3 s, processes included, without a shaper. Nothing is lost: the kernel makes the sender wait for the queue.
      const startedMs = performance.now();
      const options = { from: slow.sender, to: slow.receiver, family: 'udp4', count: 1_000, sizeBytes: 1_400 } as const;
      expect(await transfer({ ...options, address: oneWayAddresses.receiver.ipv4 })).toBe(1_000);
      expect(performance.now() - startedMs).toBeGreaterThan(1_030);
      expect((await slow.counters()).reversePassed).toBe(0);
    } finally {
      await slow.destroy();
    }
  });

  const kafkaAvailable = available && requirement('a real Kafka', canRunKafka(), 'run .ci/install');
  test.skipIf(!kafkaAvailable)('a broker runs on the isolated side, out of reach of the connected side', async () => {
    const kafka = await startKafka({ namespace: rig.receiver.name });
    try {
      const { brokers } = kafka;
      const topics = await rig.receiver.exec(['kcat', '-L', '-J', '-m', '2', '-b', brokers]);
      expect(JSON.parse(topics)).toMatchObject({ brokers: [{ id: 1 }] });
      await expect(rig.sender.exec(['kcat', '-L', '-J', '-m', '1', '-b', brokers])).rejects.toThrow();
      await expect(
        kcatRead({ brokers, topic: 'none', committed: true, namespace: rig.receiver.name }),
      ).rejects.toThrow();
    } finally {
      await kafka.stop();
    }
  });
});

interface Transfer {
  readonly from: Namespace;
  readonly to: Namespace;
  readonly family: 'udp4' | 'udp6';
  readonly address: string;
  readonly count: number;
  readonly sizeBytes?: number;
}

/** How many of the datagrams arrived. The end is marked by the sender's exit, plus the time a queue may hold. */
async function transfer({ from, to, family, address, count, sizeBytes = 64 }: Transfer): Promise<number> {
  const receive = `
    const socket = require('node:dgram').createSocket({ type: '${family}', recvBufferSize: 4 << 20 });
    let count = 0;
    socket.on('message', () => { count += 1; });
    socket.bind(9000, '${address}', () => console.log('bound'));
    process.stdin.on('end', () => setTimeout(() => { console.log(count); process.exit(); }, 150)).resume();
  `;
  const send = `
    const socket = require('node:dgram').createSocket('${family}');
    const datagram = Buffer.alloc(${sizeBytes});
    const send = (left) => {
      if (left === 0) { socket.close(); return; }
      // A datagram that the filter drops on its way out answers EPERM; that is the point.
      socket.send(datagram, 9000, '${address}', () => send(left - 1));
    };
    send(${count});
  `;
  const receiver = to.spawn([process.execPath, '-e', receive], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (receiver.stdout === null) throw new Error('the receiver has no output');
  const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await from.exec([process.execPath, '-e', send]);
  receiver.stdin?.end();
  const { value } = await lines.next();
  await once(receiver, 'exit');
  return Number(value);
}
