/** What operators type: on both sides, at drawn times, and in the end whatever mends the rest. */
import { gapReport } from '../../receiver/gate/gap-report.ts';
import { readGate } from '../../receiver/gate/gate-store.ts';
import { planResend } from '../../sender/transmit/resend-plan.ts';
import { resendRequest } from '../../sender/transmit/resend-request.ts';
import { parseTickets } from '../../src/config/ticket-form.ts';
import { OPS_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type Interruption, interruptions } from './interruption.ts';
import type { Random } from './random.ts';
import type { World } from './simulation.ts';
import { BOUNDARY, STREAM } from './site.ts';

export interface OperatorPlan {
  readonly senderPauses: readonly Interruption[];
  readonly receiverPauses: readonly Interruption[];
  /** Somebody reads the gaps and carries their tickets over, which takes so long. */
  readonly resends: readonly Interruption[];
  readonly snapshots: readonly Interruption[];
}

export const NO_OPERATORS: OperatorPlan = { senderPauses: [], receiverPauses: [], resends: [], snapshots: [] };

const NAMES = { boundary: BOUNDARY, stream: STREAM };

export function operatorPlan(random: Random, withinMs: number): OperatorPlan {
  return {
    senderPauses: interruptions(random.fork(), { most: 1, withinMs, forMs: 20_000 }),
    receiverPauses: interruptions(random.fork(), { most: 1, withinMs, forMs: 20_000 }),
    resends: interruptions(random.fork(), { most: 2, withinMs: withinMs + 15_000, forMs: 30_000 }),
    snapshots: interruptions(random.fork(), { most: 2, withinMs: withinMs + 15_000, forMs: 0 }),
  };
}

export function scheduleOperators(world: World): void {
  const { time, scenario, sender, receiver, count } = world;
  const { senderPauses, receiverPauses, resends, snapshots } = scenario.operators;
  for (const [node, pauses] of [
    [sender, senderPauses],
    [receiver, receiverPauses],
  ] as const) {
    for (const { atMs, forMs } of pauses) {
      time.at(atMs, () => {
        count('pause');
        node.life.requests.ask('pause', { reason: 'maintenance' });
      });
      time.at(atMs + forMs, () => node.life.requests.ask('resume', undefined));
    }
  }
  for (const { atMs } of snapshots) time.at(atMs, () => askSnapshot(world));
  for (const { atMs, forMs } of resends) {
    time.at(atMs, () => {
      const tickets = readTickets(world);
      time.after(forMs, () => giveTickets(world, tickets));
    });
  }
}

/** `diode-sender snapshot`: what no ticket can bring any more. */
export function askSnapshot({ sender, count }: World): void {
  count('snapshot');
  sender.life.requests.ask('snapshot', {});
}

/** Has what is missing sent again. */
export function healGaps(world: World): void {
  giveTickets(world, readTickets(world));
}

/** `diode-receiver gaps`, beside the program or while it is down; on paper from here on. */
function readTickets({ receiver }: World): readonly string[] {
  const { store } = receiver.life.disk;
  if (store === undefined) return [];
  const { tickets } = gapReport(NAMES, readGate(store), OPS_LIMITS.ticketCharacters);
  return tickets.map(({ code }) => code);
}

/** `diode-sender resend`. */
function giveTickets({ sender, count, scenario }: World, tickets: readonly string[]): void {
  const { store } = sender.life.disk;
  if (store === undefined || tickets.length === 0) return;
  try {
    const plan = planResend(store, NAMES, parseTickets(tickets));
    if (plan.frames.length === 0) return;
    count('resend');
    sender.life.requests.ask('resend', resendRequest(plan.epoch, plan.frames));
  } catch (error) {
    // What the journal of now has no longer, or never had, it says, and a snapshot mends it.
    const isRefused = error instanceof DiodeError && ['epoch-mismatch', 'frames-missing'].includes(error.code);
    if (scenario.senderLoss === undefined || !isRefused) throw error;
    count('resend-refused');
  }
}
