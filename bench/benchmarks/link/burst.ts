/** What became of the datagrams of a burst, by the sender's interface and the receiver's own counters. Pure. */
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';

/** Of the receiver's status. */
export type Arrived = Pick<ReceiverStatus, 'drops'> & {
  readonly intake: Pick<ReceiverStatus['intake'], 'datagrams'> & {
    readonly gate: Pick<ReceiverStatus['intake']['gate'], 'sequence' | 'gaps'>;
  };
};

/** Of the sender's interface, meanwhile; each packet is a datagram. */
export interface Sent {
  readonly packets: number;
  /** That the way to the other interface had no room for; not among the above. */
  readonly dropped: number;
}

/** Datagrams, by where they were lost. */
export interface Lost {
  readonly socket: number;
  readonly interface: number;
  /** Refused, or waiting for a hello that came too late. */
  readonly program: number;
}

/** What the program made of a datagram that it could use, or knew already. */
const USED = ['accepted', 'duplicate', 'unneeded', 'control', 'hello'] as const;

export function lostDatagrams(before: Arrived, after: Arrived, sent: Sent): Lost {
  const used = ({ intake }: Arrived) => USED.reduce((sum, outcome) => sum + intake.datagrams[outcome], 0);
  const drops = (place: 'socket' | 'interface') => (after.drops[place] ?? 0) - (before.drops[place] ?? 0);
  const arrived = sent.packets - drops('socket') - drops('interface');
  return {
    socket: drops('socket'),
    interface: drops('interface') + sent.dropped,
    program: arrived - (used(after) - used(before)),
  };
}

export function allLost(lost: Lost): number {
  return lost.socket + lost.interface + lost.program;
}

/** Whether every frame up to `sequence` is in the spool, or was published. */
export function isWhole({ intake: { gate } }: Arrived, sequence: number): boolean {
  return gate.sequence >= sequence && gate.gaps.length === 0;
}
