/** Where `endtoend` runs: the one-way rig where this machine can make one, loopback otherwise; and a real Kafka in it. */
import type { CommandPrefix, Side } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { type HelperProcess, startHelper } from '../../support/helper-process.ts';
import { type Kafka, startKafka } from '../../support/kafka.ts';
import { canMakeNamespaces } from '../../support/namespace.ts';
import { createOneWayRig, oneWayAddresses } from '../../support/one-way-rig.ts';
import type { IsolatedSide } from './isolated-side.ts';

export interface Site {
  readonly description: string;
  readonly prefix: Readonly<Record<Side, CommandPrefix>>;
  /** Where the receiver listens. */
  readonly receiverAddress: string;
  readonly kafka: Kafka;
  readonly isolated: HelperProcess<IsolatedSide>;
  /** Ports for one run. */
  ports(): Promise<{ readonly link: number; readonly senderOps: number; readonly receiverOps: number }>;
  /** Packets that came back through the rig since it was made; undefined on loopback, which has no direction. */
  reversePassed(): Promise<number | undefined>;
  close(): Promise<void>;
}

export const isolatedScript = new URL(
  import.meta.url.endsWith('.ts') ? './isolated-side.ts' : './isolated-side.js',
  import.meta.url,
);

export async function openSite(): Promise<Site> {
  const rig = canMakeNamespaces() ? await createOneWayRig({ lossFraction: 0 }) : undefined;
  const inside = (side: Side): CommandPrefix => (rig === undefined ? [] : ['ip', 'netns', 'exec', rig[side].name]);
  const prefix = { sender: inside('sender'), receiver: inside('receiver') };
  const kafka = await startKafka({ jvm: 'server', ...(rig === undefined ? {} : { namespace: rig.receiver.name }) });
  const isolated = startHelper<IsolatedSide>(isolatedScript, prefix.receiver);
  return {
    description:
      rig === undefined
        ? 'loopback UDP, not one-way: network namespaces need root, iproute2 and nftables'
        : 'one-way rig: two network namespaces on a veth pair, MTU 1500, a filter that lets nothing back, no loss added',
    prefix,
    receiverAddress: rig === undefined ? '127.0.0.1' : oneWayAddresses.receiver.ipv4,
    kafka,
    isolated,
    // Free on this side's loopback, and so in namespaces where nothing else listens.
    ports: async () => ({ link: await freePort(), senderOps: await freePort(), receiverOps: await freePort() }),
    reversePassed: async () => (await rig?.counters())?.reversePassed,
    close: async () => {
      await isolated.stop();
      await kafka.stop();
      await rig?.destroy();
    },
  };
}
