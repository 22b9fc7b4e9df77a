import assert from 'node:assert/strict';
import { parseTickets, writeTickets } from '../../../src/config/ticket-form.ts';
import { OPS_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import { DiodeError } from '../../../src/ops/diode-error.ts';
import type { FrameRun } from '../../../src/wire/frame-runs.ts';
import { decodeGapTicket, encodeGapTicket, type GapTicket } from '../../../src/wire/gap-ticket.ts';
import { encodePaperCode } from '../../../src/wire/paper-code.ts';
import { InputReader } from '../input-reader.ts';

const MAX_CODE_BYTES = 600;

/** First byte: as typed, as bytes behind a checksum that holds, or as frames to be written on tickets and read again. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  switch (reader.choice(['typed', 'bytes', 'frames'] as const)) {
    case 'typed':
      readTyped(reader.rest().toString('utf8').split('\n'));
      break;
    case 'bytes': {
      const bytes = reader.bytes(MAX_CODE_BYTES);
      const ticket = decodeGapTicket(bytes);
      if (typeof ticket === 'object') checkTicket(ticket, bytes);
      if (bytes.length > 0) readTyped([encodePaperCode({ kind: 'G', bytes })]);
      break;
    }
    case 'frames':
      checkWritten(reader);
  }
}

function checkTicket(ticket: GapTicket, bytes: Uint8Array): void {
  assert.equal(Buffer.compare(encodeGapTicket(ticket), bytes), 0, 'a ticket has one encoding');
  let least = 1;
  for (const { from, to } of ticket.runs) {
    assert.ok(from >= least && to >= from && to <= WIRE_LIMITS.maxSequence);
    least = to + 2;
  }
}

function readTyped(typed: readonly string[]): void {
  try {
    for (const ticket of parseTickets(typed)) checkTicket(ticket, encodeGapTicket(ticket));
  } catch (error) {
    if (!(error instanceof DiodeError) || error.code !== 'ticket-invalid') throw error;
  }
}

/** What is missing comes back whole, however many tickets it takes. */
function checkWritten(reader: InputReader): void {
  const scope = { boundary: 'site-a', stream: 'hr', epoch: 1 + reader.integer(6), epochId: Buffer.alloc(16, 1) };
  const room = OPS_LIMITS.maxPaperCodeCharacters - OPS_LIMITS.minTicketCharacters;
  const maxCharacters = OPS_LIMITS.minTicketCharacters + (reader.integer(2) % (room + 1));
  const missing: FrameRun[] = [];
  for (let from = 1 + reader.integer(4); !reader.isAtEnd; from += 2 + reader.integer(1)) {
    const to = from + reader.integer(1);
    missing.push({ from, to });
    from = to;
  }
  const tickets = writeTickets(scope, missing, maxCharacters);
  for (const { code } of tickets) assert.ok(code.length <= maxCharacters);
  const read = parseTickets(tickets.map(({ code }) => code));
  assert.deepEqual(
    read.flatMap(({ runs }) => runs),
    missing,
  );
}
