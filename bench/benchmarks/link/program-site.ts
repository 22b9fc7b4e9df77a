/** Where both programs of `link.programs` run: the one-way rig, a process of ours beside each, and the sender's backlog. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';
import type { SenderStatus } from '../../../sender/ops/sender-observer.ts';
import type { CommandPrefix, Side } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { startHelper } from '../../support/helper-process.ts';
import { createOneWayRig, oneWayAddresses } from '../../support/one-way-rig.ts';
import { type Backlog, fillBacklog } from './backlog.ts';
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
  /** Of the namespace where a broker is to run. */
  readonly receiverNamespace: string;
  readonly backlog: Backlog;
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
export async function openProgramSite(to: {
  readonly directory: string;
  readonly mtuBytes: number;
  /** That the sender has in its journal, less what zstd takes off. */
  readonly bytes: number;
  readonly seed: number;
}): Promise<ProgramSite> {
  const rig = await createOneWayRig({ lossFraction: 0, mtuBytes: to.mtuBytes, superPackets: 'cut' });
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
      // It answers before it has opened anything.
      if (status?.boundary !== undefined && wanted(status)) return status;
      if (performance.now() > endMs) throw new Error(`the ${side} in ${to.directory} says ${JSON.stringify(status)}`);
      await delay(LOOK_MS);
    }
  };
  const close = async () => {
    for (const watch of Object.values(watches)) await watch.stop();
    await rig.destroy();
  };
  try {
    const [linkPort, address] = [await freePort(), oneWayAddresses.receiver.ipv4];
    const backlog = await fillBacklog({
      ...to,
      target: `${address}:${linkPort}`,
      prefix,
      until,
      senderSettings: [[['ops', 'port'], opsPorts.sender]],
      receiverSettings: [
        [['link', 'address'], address],
        [['link', 'port'], linkPort],
        // From the end of one sender to the first frame of the next.
        [['gate', 'holdMs'], HOLD_MS],
        [['ops', 'port'], opsPorts.receiver],
      ],
    });
    return {
      prefix,
      receiverNamespace: rig.receiver.name,
      backlog,
      until,
      wire: () => watches.sender.ask('wire', { device: rig.device }),
      watchWire: (bytes, timeoutMs) => watches.sender.ask('watchWire', { device: rig.device, bytes, timeoutMs }),
      reversePassed: async () => (await rig.counters()).reversePassed,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
