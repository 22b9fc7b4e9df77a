/** The UDP links between two namespaces, as the benchmark `udp` drives them: each datagram is counted and compared. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DatagramReceiver } from '../../bench/benchmarks/udp/datagram-receiver.ts';
import type { DatagramSender } from '../../bench/benchmarks/udp/datagram-sender.ts';
import { BATCHINGS, type Way } from '../../bench/benchmarks/udp/way.ts';
import { type HelperProcess, startHelper } from '../../bench/support/helper-process.ts';
import { canMakeNamespaces, type Namespace } from '../../bench/support/namespace.ts';
import { createOneWayRig, type OneWayRig, oneWayAddresses } from '../../bench/support/one-way-rig.ts';
import { projectRoot } from '../../bench/support/project-root.ts';
import { availableBatchings } from '../support/available-batchings.ts';
import { requirement } from '../support/requirement.ts';

const available = requirement('network namespaces', canMakeNamespaces(), 'run as root with iproute2 and nftables');
/** Those of the product that this build and kernel offer. */
const ways = (['link', 'link-datagrams', 'dgram'] as const).filter((way) =>
  availableBatchings.includes(BATCHINGS[way]),
);

describe.skipIf(!available)('UDP links through the one-way rig', () => {
  let rig: OneWayRig;
  let directory: string;
  const helpers: HelperProcess<never>[] = [];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'udp-links-'));
    rig = await createOneWayRig({ lossFraction: 0 });
  });
  afterAll(async () => {
    for (const helper of helpers) await helper.stop();
    await rig?.destroy();
    rmSync(directory, { recursive: true });
  });

  function inside<H extends DatagramReceiver | DatagramSender>(side: Namespace, name: string): HelperProcess<H> {
    const script = pathToFileURL(`${projectRoot}bench/benchmarks/udp/${name}.ts`);
    const prefix = ['ip', 'netns', 'exec', side.name, 'env', 'NODE_OPTIONS=--import=tsx'];
    const helper = startHelper<H>(script, prefix);
    helpers.push(helper as HelperProcess<never>);
    return helper;
  }

  async function transfer(task: {
    readonly address: string;
    readonly sending: Way;
    readonly receiving: Way;
    readonly datagramBytes: number;
  }) {
    const receiver = inside<DatagramReceiver>(rig.receiver, 'datagram-receiver');
    const sender = inside<DatagramSender>(rig.sender, 'datagram-sender');
    const { sending, receiving, ...place } = task;
    const common = { ...place, seed: 1, progressPath: join(directory, 'progress') };
    const port = await receiver.ask('open', { ...common, way: receiving, step: 16 });
    const out = await sender.ask('run', { ...common, port, seconds: 0.2, ahead: 128, way: sending });
    const result = await receiver.ask('count', { sent: out.sent });
    return { out, result };
  }

  it.each(ways)(
    'sends singly, and loses nothing, where segments would be longer than the MTU (%s)',
    async (sending) => {
      const address = oneWayAddresses.receiver.ipv4;
      const { out, result } = await transfer({ address, sending, receiving: 'dgram', datagramBytes: 2_000 });
      // The kernel refuses segments of that length.
      const batching = sending === 'link' ? 'datagrams' : BATCHINGS[sending];
      expect(out).toMatchObject({ batching, errors: {} });
      expect(out.sent).toBeGreaterThan(0);
      expect(result).toMatchObject({ received: out.sent, wrong: 0 });
    },
  );

  it.each(ways.flatMap((way) => [[way, 'dgram'] as const, ...(way === 'dgram' ? [] : [['dgram', way] as const])]))(
    'loses nothing between %s and %s, over IPv6 too',
    async (sending, receiving) => {
      const address = oneWayAddresses.receiver.ipv6;
      const { out, result } = await transfer({ address, sending, receiving, datagramBytes: 1_452 });
      expect(out).toMatchObject({ batching: BATCHINGS[sending], errors: {} });
      expect(out.sent).toBeGreaterThan(0);
      expect(result).toMatchObject({ received: out.sent, wrong: 0, batching: BATCHINGS[receiving] });
    },
  );
});
