/** Where both programs of `link.programs` run: the one-way rig, and a process of ours beside each. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';
import type { SenderStatus } from '../../../sender/ops/sender-observer.ts';
import type { CommandPrefix, Setting, Side } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { startHelper } from '../../support/helper-process.ts';
import { createOneWayRig, oneWayAddresses } from '../../support/one-way-rig.ts';
import type { SideWatch } from './side-watch.ts';
import type { WireSample } from './wire-pace.ts';

interface Statuses {
  readonly sender: SenderStatus;
  readonly receiver: ReceiverStatus;
}

/** Until the program answers, and its status is as wanted; a minute, and `moreMs`. */
export type Until = <S extends Side>(
  side: S,
  wanted: (status: Statuses[S]) => boolean,
  moreMs?: number,
) => Promise<Statuses[S]>;

export interface ProgramSite {
  readonly prefix: Readonly<Record<Side, CommandPrefix>>;
  /** Where a broker is to run. */
  readonly receiverNamespace: string;
  /** Where the sender sends to. */
  readonly target: string;
  readonly settings: Readonly<Record<Side, readonly Setting[]>>;
  readonly until: Until;
  /** What the sender's interface sent so far. */
  wire(): Promise<WireSample>;
  /** See SideWatch. */
  watchWire(bytes: number, timeoutMs: number): Promise<readonly WireSample[]>;
  /** Packets that came back through the rig. */
  reversePassed(): Promise<number>;
  close(): Promise<void>;
}

const LOOK_MS = 50;
const HOLD_MS = 60_000;
const PATIENCE_MS = 60_000;

/** `cut`, as a cable carries datagrams. */
export async function openProgramSite(mtuBytes: number): Promise<ProgramSite> {
  const rig = await createOneWayRig({ lossFraction: 0, mtuBytes, superPackets: 'cut' });
  const inside = (side: Side): CommandPrefix => ['ip', 'netns', 'exec', rig[side].name];
  const prefix = { sender: inside('sender'), receiver: inside('receiver') };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = new URL(`./side-watch.${extension}`, import.meta.url);
  const watches = {
    sender: startHelper<SideWatch>(script, prefix.sender),
    receiver: startHelper<SideWatch>(script, prefix.receiver),
  };
  const opsPorts = { sender: await freePort(), receiver: await freePort() };
  const until: Until = async <S extends Side>(
    side: S,
    wanted: (status: Statuses[S]) => boolean,
    moreMs = 0,
  ): Promise<Statuses[S]> => {
    const endMs = performance.now() + PATIENCE_MS + moreMs;
    for (;;) {
      const status = (await watches[side].ask('status', { opsPort: opsPorts[side] })) as Statuses[S] | undefined;
      if (status !== undefined && wanted(status)) return status;
      if (performance.now() > endMs) throw new Error(`the ${side} says ${JSON.stringify(status)}`);
      await delay(LOOK_MS);
    }
  };
  const [linkPort, address] = [await freePort(), oneWayAddresses.receiver.ipv4];
  return {
    prefix,
    receiverNamespace: rig.receiver.name,
    target: `${address}:${linkPort}`,
    settings: {
      sender: [[['ops', 'port'], opsPorts.sender]],
      receiver: [
        [['link', 'address'], address],
        [['link', 'port'], linkPort],
        // From the end of one sender to the first frame of the next.
        [['gate', 'holdMs'], HOLD_MS],
        [['ops', 'port'], opsPorts.receiver],
      ],
    },
    until,
    wire: () => watches.sender.ask('wire', { device: rig.device }),
    watchWire: (bytes, timeoutMs) => watches.sender.ask('watchWire', { device: rig.device, bytes, timeoutMs }),
    reversePassed: async () => (await rig.counters()).reversePassed,
    close: async () => {
      for (const watch of Object.values(watches)) await watch.stop();
      await rig.destroy();
    },
  };
}
