import { describe, expect, it } from 'vitest';
import { ticketStreamDigest } from '../../src/crypto/digest.ts';
import { decodeGapTicket, encodeGapTicket } from '../../src/wire/gap-ticket.ts';
import { decodePaperCode, encodePaperCode } from '../../src/wire/paper-code.ts';
import { bytes, prefixesOf, readVectors } from './wire-vectors.ts';

const { good, bad } = readVectors('gap-ticket');
const hex = (of: Uint8Array) => Buffer.from(of).toString('hex');

describe('gap tickets', () => {
  it.each(good)('$name: bytes and code', (vector) => {
    const ticket = decodeGapTicket(bytes(vector.bytes));
    if (typeof ticket === 'string') return expect.fail(ticket);
    const runs = ticket.runs.map(({ from, to }) => `${from}-${to}`);
    const { streamDigest, epoch, epochIdStart } = ticket;
    const fields = { streamDigest: hex(streamDigest), epoch, epochIdStart: hex(epochIdStart), runs };
    expect(fields).toEqual(vector.ticket);
    expect(fields.streamDigest).toBe(hex(ticketStreamDigest(vector.boundary, vector.stream)));
    expect(hex(encodeGapTicket(ticket))).toBe(vector.bytes);
    expect(encodePaperCode({ kind: 'G', bytes: encodeGapTicket(ticket) })).toBe(vector.code);
    expect(decodePaperCode(vector.code)).toEqual({ kind: 'G', bytes: Uint8Array.from(bytes(vector.bytes)) });
  });

  it.each(good)('$name: every prefix is refused, or a ticket with fewer runs', ({ bytes: whole }) => {
    for (const prefix of prefixesOf(bytes(whole))) {
      const ticket = decodeGapTicket(prefix);
      if (typeof ticket === 'string') expect(ticket).toBe('ticket-field');
      else expect(hex(encodeGapTicket(ticket))).toBe(hex(prefix));
    }
  });

  it.each(bad)('$name: $error', ({ bytes: refused, error }) => {
    expect(decodeGapTicket(bytes(refused))).toBe(error);
  });
});
