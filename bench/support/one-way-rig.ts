/**
 * A diode made of the kernel: two network namespaces on a veth pair, with a filter that lets nothing back.
 *
 *     sender namespace                                        receiver namespace
 *     10.97.0.1, fd97::1 ── tbf ── diode0 ─────► loss ──────► 10.97.0.2, fd97::2
 *                           counts ◄── X drops everything ─ diode0
 */
import { createNamespace, type Namespace } from './namespace.ts';

export interface OneWayRigOptions {
  /** Of the forward datagrams, 0 to 1, each drawn by itself. */
  readonly lossFraction: number;
  /** Shapes the forward direction, as a slow diode would. */
  readonly rateMbit?: number;
  /** 1500 by default. */
  readonly mtuBytes?: number;
  /** How UDP_SEGMENT's messages cross: as single datagrams by default, as a network card's cable carries them. */
  readonly superPackets?: 'cut' | 'whole';
  /** Lets answers back, for a program that needs them and is measured beside ours. */
  readonly isTwoWay?: boolean;
}

/** Packets so far. */
export interface OneWayCounters {
  readonly forwardPassed: number;
  readonly forwardLost: number;
  /** What the receiver's kernel tried to send back, stopped at its side. */
  readonly reverseDropped: number;
  /** What came back nevertheless, counted at the sender's side: 0, or the rig is no diode. */
  readonly reversePassed: number;
}

export interface OneWayRig {
  readonly sender: Namespace;
  readonly receiver: Namespace;
  /** The interface's name, on both sides. */
  readonly device: string;
  counters(): Promise<OneWayCounters>;
  /** From now on; 1 cuts the link. */
  setLoss(lossFraction: number): Promise<void>;
  /** Again, on both sides: an interface that was down has forgotten them. */
  pinNeighbours(): Promise<void>;
  /** The caller has ended what it started inside. */
  destroy(): Promise<void>;
}

const device = 'diode0';

export const oneWayAddresses = {
  sender: { ipv4: '10.97.0.1', ipv6: 'fd97::1' },
  receiver: { ipv4: '10.97.0.2', ipv6: 'fd97::2' },
} as const;

/** A rig that carries datagrams one way. Needs what `canMakeNamespaces` checks; removed at exit at the latest. */
export async function createOneWayRig(options: OneWayRigOptions): Promise<OneWayRig> {
  const sender = await createNamespace('sender');
  const receiver = await createNamespace('receiver');
  const mtu = String(options.mtuBytes ?? 1500);
  const sides = [sender, receiver] as const;
  await sender.exec([
    'ip',
    'link',
    'add',
    device,
    'mtu',
    mtu,
    'type',
    'veth',
    'peer',
    'name',
    device,
    'netns',
    receiver.name,
  ]);
  await receiver.exec(['ip', 'link', 'set', device, 'mtu', mtu]);
  // The filters stand before the link is up: not even the first router solicitation may come back.
  await receiver.exec(['nft', receiverRules(options.isTwoWay ? '' : 'drop')]);
  await sender.exec(['nft', senderRules]);
  const setLoss = async (lossFraction: number) => void (await receiver.exec(['nft', lossRules(lossFraction)]));
  await setLoss(options.lossFraction);
  // nftables sees super-packets of UDP_SEGMENT whole and would lose 40 datagrams at one draw.
  if (options.superPackets !== 'whole') await sender.exec(['ip', 'link', 'set', device, 'gso_max_segs', '1']);
  for (const side of sides) await addAddresses(side, side === sender ? 'sender' : 'receiver');
  const pin = () => pinNeighbours(sender, receiver);
  await pin();
  if (options.rateMbit !== undefined) {
    const shape = ['rate', `${options.rateMbit}mbit`, 'burst', '32kb', 'latency', '100ms'];
    await sender.exec(['tc', 'qdisc', 'add', 'dev', device, 'root', 'tbf', ...shape]);
  }
  return {
    sender,
    receiver,
    device,
    counters: async () => {
      const packets = new Map([...(await readCounters(receiver)), ...(await readCounters(sender))]);
      const of = (name: keyof OneWayCounters) => packets.get(name) ?? 0;
      return {
        forwardPassed: of('forwardPassed'),
        forwardLost: of('forwardLost'),
        reverseDropped: of('reverseDropped'),
        reversePassed: of('reversePassed'),
      };
    },
    setLoss,
    pinNeighbours: pin,
    destroy: async () => {
      for (const side of sides) await side.destroy();
    },
  };
}

// Hooks of the device itself: they see ARP and neighbour discovery too, which a filter of IP would let back.
const receiverRules = (verdict: 'drop' | '') => `
  add table netdev rig
  add counter netdev rig forwardPassed
  add counter netdev rig forwardLost
  add counter netdev rig reverseDropped
  add chain netdev rig forward { type filter hook ingress device "${device}" priority 0; policy accept; }
  add chain netdev rig reverse { type filter hook egress device "${device}" priority 0; policy ${verdict || 'accept'}; }
  ${verdict && `add rule netdev rig reverse counter name reverseDropped ${verdict}`}
`;
const senderRules = `
  add table netdev rig
  add counter netdev rig reversePassed
  add chain netdev rig reverse { type filter hook ingress device "${device}" priority 0; policy accept; }
  add rule netdev rig reverse counter name reversePassed
`;

/** One transaction, so that no packet meets an empty chain. In steps of one in a million. */
function lossRules(lossFraction: number): string {
  const steps = 1_000_000;
  const lost = Math.round(lossFraction * steps);
  // nftables refuses a comparison that always holds.
  const draw = lost === steps ? '' : `numgen random mod ${steps} < ${lost} `;
  const lose = lost === 0 ? '' : `add rule netdev rig forward ${draw}counter name forwardLost drop\n`;
  return `flush chain netdev rig forward\n${lose}add rule netdev rig forward counter name forwardPassed`;
}

async function addAddresses(side: Namespace, role: keyof typeof oneWayAddresses): Promise<void> {
  const { ipv4, ipv6 } = oneWayAddresses[role];
  // No link-local address, so no duplicate detection or router solicitation of it.
  await side.exec(['ip', 'link', 'set', device, 'addrgenmode', 'none']);
  await side.exec(['ip', 'link', 'set', device, 'up']);
  await side.exec(['ip', 'address', 'add', `${ipv4}/24`, 'dev', device]);
  await side.exec(['ip', 'address', 'add', `${ipv6}/64`, 'dev', device, 'nodad']);
}

/** Nobody could answer a neighbour request through a diode. */
async function pinNeighbours(sender: Namespace, receiver: Namespace): Promise<void> {
  const pin = async (on: Namespace, of: Namespace, role: keyof typeof oneWayAddresses) => {
    const [shown] = JSON.parse(await of.exec(['ip', '-j', 'link', 'show', device])) as [{ address: string }];
    for (const address of Object.values(oneWayAddresses[role])) {
      const neighbour = [address, 'lladdr', shown.address, 'nud', 'permanent', 'dev', device];
      await on.exec(['ip', 'neighbour', 'replace', ...neighbour]);
    }
  };
  await pin(sender, receiver, 'receiver');
  await pin(receiver, sender, 'sender');
}

async function readCounters(side: Namespace): Promise<Map<string, number>> {
  const listed = JSON.parse(await side.exec(['nft', '-j', 'list', 'counters'])) as {
    nftables: { counter?: { name: string; packets: number } }[];
  };
  return new Map(listed.nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
}
