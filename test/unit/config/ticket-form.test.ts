import { describe, expect, it } from 'vitest';
import { parseTickets, type TicketScope, writeTickets } from '../../../src/config/ticket-form.ts';
import { OPS_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import type { FrameRun } from '../../../src/wire/frame-runs.ts';
import { encodePaperCode } from '../../../src/wire/paper-code.ts';

const scope: TicketScope = { boundary: 'site-a', stream: 'hr', epoch: 3, epochId: Buffer.alloc(16, 0xab) };
const write = (runs: readonly FrameRun[], maxCharacters = 120, changes: Partial<TicketScope> = {}) =>
  writeTickets({ ...scope, ...changes }, runs, maxCharacters);
const codeOf = (runs: readonly FrameRun[]) => write(runs)[0]?.code as string;
const runsOf = (typed: readonly string[]) => parseTickets(typed).map(({ runs }) => runs);

describe('tickets as they are written', () => {
  it('are short enough for a telephone: below 40 characters for a gap of any place that a sender reaches in years', () => {
    for (const from of [1, 1_042, 10_000_000]) {
      expect(codeOf([{ from, to: from + 99 }]).length).toBeLessThan(40);
    }
  });

  it('have room for one gap in the least length that may be asked for, wherever it lies', () => {
    const farthest = { from: WIRE_LIMITS.maxSequence - 2 ** 46, to: WIRE_LIMITS.maxSequence };
    const [only, ...others] = write([farthest], OPS_LIMITS.minTicketCharacters, { epoch: Number.MAX_SAFE_INTEGER });
    expect(others).toEqual([]);
    expect(only?.code.length).toBeLessThanOrEqual(OPS_LIMITS.minTicketCharacters);
  });

  it('hold all gaps in order, each once, and none is longer than was asked for', () => {
    const runs = Array.from({ length: 200 }, (_, index) => ({ from: 1_000 + index * 300, to: 1_100 + index * 300 }));
    for (const maxCharacters of [OPS_LIMITS.minTicketCharacters, 120, OPS_LIMITS.maxPaperCodeCharacters]) {
      const tickets = write(runs, maxCharacters);
      for (const { code } of tickets) expect(code.length).toBeLessThanOrEqual(maxCharacters);
      expect(tickets.flatMap(({ ticket }) => ticket.runs)).toEqual(runs);
      expect(runsOf(tickets.map(({ code }) => code)).flat()).toEqual(runs);
    }
  });

  it('join gaps that touch, in any order', () => {
    const [ticket] = write([
      { from: 7, to: 9 },
      { from: 1, to: 2 },
      { from: 3, to: 4 },
    ]);
    expect(ticket?.ticket.runs).toEqual([
      { from: 1, to: 4 },
      { from: 7, to: 9 },
    ]);
  });

  it('are none where nothing is missing', () => {
    expect(write([])).toEqual([]);
  });
});

describe('tickets as they are typed', () => {
  const a = codeOf([{ from: 5, to: 6 }]);
  const b = codeOf([{ from: 900, to: 900 }]);
  const runs = [[{ from: 5, to: 6 }], [{ from: 900, to: 900 }]];

  it('are read in any case, with O, I and L, whole or in pieces, one behind the other', () => {
    const sloppy = (code: string) => code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l');
    expect(runsOf([sloppy(a), b])).toEqual(runs);
    expect(runsOf([...sloppy(a).split('-'), ...b.split('-')])).toEqual(runs);
    expect(runsOf([...a.split('-'), b.replaceAll('-', '')])).toEqual(runs);
    expect(runsOf([a.slice(0, 12), a.slice(12), b])).toEqual(runs);
  });

  it('name the group that is wrong', () => {
    const wrong = `${a.slice(0, 7)}${a[7] === 'Z' ? 'Y' : 'Z'}${a.slice(8)}`;
    expect(() => parseTickets([wrong])).toThrow(
      /Ticket 1 is no gap ticket: .*typing error in group 2\. Compare group 2/,
    );
    expect(() => parseTickets([b, wrong])).toThrow(/Ticket 2 .*group 2/);
    expect(() => parseTickets([wrong, b])).toThrow(/Ticket 1 .*group 2/);
    expect(() => parseTickets([...b.split('-'), ...wrong.split('-')])).toThrow(/Ticket 2 .*group 2/);
    expect(() => parseTickets([wrong, wrong])).toThrow(/Ticket 1 .*group 2/);
    expect(() => parseTickets([a.replace('G', 'U')])).toThrow(/group 1 has "U", which no code contains/);
  });

  it.each([
    ['nothing', ['']],
    ['a word', ['frames']],
    ['half a ticket', [a.slice(0, 20)]],
    ['a ticket and half of the next', [a, b.slice(0, 20)]],
    ['a flood', ['9'.repeat(100_000)]],
    ['many pieces', Array.from({ length: 2_000 }, () => 'ZZZZZ')],
    ['a card', [encodePaperCode({ kind: 'R', bytes: Uint8Array.of(8, 1) })]],
    ['a later version', [encodePaperCode({ kind: 'G', bytes: Uint8Array.of(2, 1, 2, 3, 4, 1, 1, 1, 0, 0) })]],
    ['no run', [encodePaperCode({ kind: 'G', bytes: Uint8Array.of(1, 1, 2, 3, 4, 1, 1, 1) })]],
  ])('are refused, with a cure, where somebody types %s', (_, typed) => {
    expect(() => parseTickets(typed)).toThrow(expect.objectContaining({ code: 'ticket-invalid' }));
  });
});
