/** Gap tickets as people handle them: codes to read aloud and to type. */
import { ticketStreamDigest } from '../crypto/digest.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { type FrameRun, joinRuns } from '../wire/frame-runs.ts';
import { decodeGapTicket, encodeGapTicket, type GapTicket, TICKET_EPOCH_ID_BYTES } from '../wire/gap-ticket.ts';
import { decodePaperCode, encodePaperCode, looksLikePaperCode, type PaperCode } from '../wire/paper-code.ts';
import { describeProblem, retypeCure } from './paper-code-problem.ts';

/** Whose frames are missing. */
export interface TicketScope {
  readonly boundary: string;
  readonly stream: string;
  readonly epoch: number;
  readonly epochId: Uint8Array;
}

export interface WrittenTicket {
  /** In groups of five. */
  readonly code: string;
  readonly ticket: GapTicket;
}

/**
 * Tickets for all these frames, in ascending order: as few as there can be where none has more than `maxCharacters`,
 * hyphens counted. `maxCharacters`: within OPS_LIMITS.minTicketCharacters and maxPaperCodeCharacters.
 */
export function writeTickets(
  scope: TicketScope,
  missing: readonly FrameRun[],
  maxCharacters: number,
): readonly WrittenTicket[] {
  const { boundary, stream, epoch, epochId } = scope;
  const common = {
    streamDigest: ticketStreamDigest(boundary, stream),
    epoch,
    epochIdStart: epochId.subarray(0, TICKET_EPOCH_ID_BYTES),
  };
  const tickets: WrittenTicket[] = [];
  let runs: readonly FrameRun[] = [];
  for (const run of joinRuns(missing)) {
    const more = written({ ...common, runs: [...runs, run] });
    const fits = more.code.length <= maxCharacters;
    if (fits && runs.length > 0) tickets[tickets.length - 1] = more;
    else tickets.push(runs.length === 0 ? more : written({ ...common, runs: [run] }));
    runs = (tickets.at(-1) as WrittenTicket).ticket.runs;
  }
  return tickets;
}

/**
 * The tickets that somebody typed, each as one argument or in pieces; any case, O for 0, I and L for 1. Throws DiodeError
 * `ticket-invalid`, which names the group that is probably wrong.
 */
export function parseTickets(typed: readonly string[]): readonly GapTicket[] {
  const tickets: GapTicket[] = [];
  let pieces: string[] = [];
  for (const piece of typed) {
    if (pieces.length > 0 && 'bytes' in decodePaperCode(piece)) throw mistyped(pieces, tickets.length + 1);
    pieces.push(piece);
    const code = decodePaperCode(pieces.join(''));
    if ('reason' in code) continue;
    tickets.push(readTicket(code, tickets.length + 1));
    pieces = [];
  }
  if (pieces.length > 0) throw mistyped(pieces, tickets.length + 1);
  return tickets;
}

function readTicket({ kind, bytes }: PaperCode, ordinal: number): GapTicket {
  if (kind !== 'G') {
    const seen = `Ticket ${ordinal} is the code of a ${kind === 'B' ? 'bundle' : 'card'}.`;
    throw new DiodeError('ticket-invalid', seen, 'Give what `diode-receiver gaps DIR` prints.');
  }
  const ticket = decodeGapTicket(bytes);
  if (ticket === 'ticket-version') {
    const cure = 'Use programs of the same release.';
    throw new DiodeError('ticket-invalid', `Ticket ${ordinal} is of another version.`, cure);
  }
  if (typeof ticket !== 'string') return ticket;
  const seen = `Ticket ${ordinal} is a whole code but no gap ticket (${ticket}).`;
  throw new DiodeError('ticket-invalid', seen, 'Have it printed again: diode-receiver gaps DIR');
}

/** Where each piece could be a ticket of its own, the first is meant. */
function mistyped(pieces: readonly string[], ordinal: number): DiodeError {
  const text = pieces.every(looksLikePaperCode) ? (pieces[0] as string) : pieces.join('');
  const problem = decodePaperCode(text);
  if ('bytes' in problem) throw new Error('a whole code is not mistyped');
  const seen = `Ticket ${ordinal} is no gap ticket: ${describeProblem(problem)}.`;
  return new DiodeError('ticket-invalid', seen, retypeCure(problem));
}

function written(ticket: GapTicket): WrittenTicket {
  return { code: encodePaperCode({ kind: 'G', bytes: encodeGapTicket(ticket) }), ticket };
}
