/** What the journal can do for gap tickets: read beside a running sender, nothing changed. */
import { ticketStreamDigest } from '../../src/crypto/digest.ts';
import { OPS_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { Store } from '../../src/store/database.ts';
import { describeRuns, type FrameRun, joinRuns, runsWithin } from '../../src/wire/frame-runs.ts';
import { type GapTicket, TICKET_EPOCH_ID_BYTES } from '../../src/wire/gap-ticket.ts';

export interface ResendPlan {
  readonly epoch: { readonly number: number; readonly id: Uint8Array };
  /** What is sent again. */
  readonly frames: readonly FrameRun[];
  /** Of these. */
  readonly frameBytes: number;
  /** Pruned: only a snapshot brings what they held. */
  readonly pruned: readonly FrameRun[];
}

interface EpochRow {
  readonly number: number;
  readonly id: Buffer;
  readonly sequence: number;
}

/**
 * Throws DiodeError `stream-mismatch` and `epoch-mismatch` for a ticket that is not of this journal, `frames-missing` where it
 * names frames that this journal never made, `usage` for more runs than one request may have.
 */
export function planResend(
  store: Store,
  names: { readonly boundary: string; readonly stream: string },
  tickets: readonly GapTicket[],
): ResendPlan {
  const epoch = store.prepare('SELECT number, id, sequence FROM epoch ORDER BY number DESC LIMIT 1').get();
  if (epoch === undefined) throw neverRan();
  for (const [index, ticket] of tickets.entries()) requireOurs(ticket, `Ticket ${index + 1}`, names, epoch as EpochRow);
  const { number, id, sequence } = epoch as EpochRow;
  const asked = joinRuns(tickets.flatMap(({ runs }) => runs));
  if (asked.length > OPS_LIMITS.maxResendRuns) {
    const seen = `These tickets name ${asked.length} runs of frames; one request takes ${OPS_LIMITS.maxResendRuns}.`;
    throw new DiodeError('usage', seen, 'Give the tickets in several commands.');
  }
  const beyond = runsWithin(asked, sequence + 1, Number.MAX_SAFE_INTEGER);
  if (beyond.length > 0) throw fromTheFuture(beyond, sequence);
  const { oldest } = store
    .prepare('SELECT coalesce(min(sequence), 0) AS oldest FROM frame WHERE epoch = ?')
    .get(number) as { readonly oldest: number };
  const frames = oldest === 0 ? [] : runsWithin(asked, oldest, sequence);
  return {
    epoch: { number, id },
    frames,
    frameBytes: bytesOf(store, number, frames),
    pruned: oldest === 0 ? asked : runsWithin(asked, 1, oldest - 1),
  };
}

function requireOurs(
  ticket: GapTicket,
  name: string,
  { boundary, stream }: { readonly boundary: string; readonly stream: string },
  epoch: EpochRow,
): void {
  if (!ticketStreamDigest(boundary, stream).equals(ticket.streamDigest)) {
    const seen = `${name} is not of stream ${stream} of boundary ${boundary}.`;
    throw new DiodeError(
      'stream-mismatch',
      seen,
      "Type it at the sender whose frames are missing: compare the receiver's list.",
    );
  }
  if (ticket.epoch < epoch.number) {
    const seen = `${name} is of epoch ${ticket.epoch}; the journal is in epoch ${epoch.number}, and frames of an older one cannot be sent again.`;
    throw new DiodeError('epoch-mismatch', seen, 'A snapshot brings what they held: diode-sender snapshot DIR');
  }
  if (ticket.epoch === epoch.number && epoch.id.subarray(0, TICKET_EPOCH_ID_BYTES).equals(ticket.epochIdStart)) return;
  const seen = `${name} is of epoch ${ticket.epoch} (id ${Buffer.from(ticket.epochIdStart).toString('hex')}…), which this journal does not know: it is in epoch ${epoch.number} (id ${epoch.id.subarray(0, TICKET_EPOCH_ID_BYTES).toString('hex')}…).`;
  const cure = 'Was its disk set back, or is this a copy? See docs/operations.md, "The stream is halted".';
  throw new DiodeError('epoch-mismatch', seen, cure);
}

/** A scan of the index and the first columns of those frames. */
function bytesOf(store: Store, epoch: number, runs: readonly FrameRun[]): number {
  const sum = store
    .prepare('SELECT coalesce(sum(bytes), 0) FROM frame WHERE epoch = ? AND sequence BETWEEN ? AND ?')
    .pluck();
  return runs.reduce((total, { from, to }) => total + (sum.get(epoch, from, to) as number), 0);
}

function neverRan(): DiodeError {
  return new DiodeError('epoch-mismatch', 'This sender has no journal yet: it never ran.', 'Name the right directory.');
}

function fromTheFuture(beyond: readonly FrameRun[], head: number): DiodeError {
  const seen = `The receiver knows of frames that this journal never made (${describeRuns(beyond.slice(0, 5))}); its last is ${head}.`;
  const cure = 'Was its disk set back, or is this a copy? See docs/operations.md, "The stream is halted".';
  return new DiodeError('frames-missing', seen, cure);
}
