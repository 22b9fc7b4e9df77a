import { describe, expect, it } from 'vitest';
import { gapReport } from '../../../../receiver/gate/gap-report.ts';
import type { Gap } from '../../../../receiver/gate/gap-set.ts';
import { gapReportObject, gapReportText } from '../../../../receiver/gate/gap-view.ts';
import type { GateState } from '../../../../receiver/gate/gate.ts';
import type { StoredGate } from '../../../../receiver/gate/gate-store.ts';
import type { Head } from '../../../../src/wire/hello.ts';
import { ModelJournal, ModelSession } from '../../../support/model-sender.ts';

const names = { boundary: 'site-a', stream: 'hr' };
const journal = new ModelJournal();
for (let frame = 0; frame < 3; frame++) journal.append();

function gap(from: number, to: number): Gap {
  return { from, to, openedFrom: from, openedTo: to, sinceMs: 1_000_000 };
}

function gate(
  gaps: readonly Gap[],
  { head, state = {} }: { readonly head?: Partial<Head>; readonly state?: Partial<GateState> } = {},
): StoredGate {
  const datagram = new ModelSession(journal).hello({ head: { ...journal.head, sequence: 90, ...head } });
  return {
    state: { epoch: 1, epochId: journal.epochId, sequence: 90, digest: Buffer.alloc(32), gaps, ...state },
    haltedAtMs: undefined,
    floor: undefined,
    recentFrames: [],
    sessions: [],
    hello: { datagram, receivedAtMs: 1_500_000 },
  };
}

const textOf = (stored: StoredGate, maxCharacters = 120, withQr = false) =>
  gapReportText(names, gapReport(names, stored, maxCharacters), { nowMs: 1_090_000, withQr });

describe('diode-receiver gaps', () => {
  it('says plainly when there are none, and when nothing is known yet', () => {
    expect(textOf(gate([]))).toBe(
      'Stream hr of boundary site-a, epoch 1: no gaps. Nothing that is known of is missing.',
    );
    expect(textOf({ ...gate([]), state: undefined })).toContain('no hello was accepted yet');
  });

  it('says what is lost, beside gaps and without any, and what brings it', () => {
    const state = { lost: { through: 40, frames: 3 } };
    const lost = `3 frames are lost, up to frame 40: closed, since more gaps were open than can be kept, and no ticket asks for them.
Only a snapshot brings what they held. On the connected side: diode-sender snapshot DIR`;
    expect(textOf(gate([], { state }))).toBe(`Stream hr of boundary site-a, epoch 1: no gaps.\n\n${lost}`);
    expect(textOf(gate([gap(42, 44)], { state }))).toContain(`\n\n${lost}\n\nTicket 1 of 1`);
    const ended = gate([], { state: { lost: { through: 0, frames: 1 } } });
    expect(textOf(ended)).toContain('1 frame is lost, of an epoch that ended: closed, and no ticket');
    expect(gapReportObject(names, gapReport(names, ended, 120))).toMatchObject({ lost: { through: 0, frames: 1 } });
  });

  it('lists each gap with since when and how far, and a ticket with every field in it', () => {
    const text = textOf(gate([gap(42, 44), gap(77, 77)]));
    expect(text).toBe(`Stream hr of boundary site-a, epoch 1: 4 frames are missing in 2 gaps.

  frames  how many  since                     for
  42–44   3         1970-01-01T00:16:40.000Z  1 min 30 s
  77      1         1970-01-01T00:16:40.000Z  1 min 30 s

Ticket 1 of 1. Any case, spaces and hyphens as you like, O for 0, I and L for 1:
  G078E-V9550-40G2A-823W0-08M8R-TT
It says this, and nothing else:
  kind      gap ticket, version 1
  stream    d0eda4a5 (the first 4 bytes of SHA-256 of boundary and stream)
  epoch     1
  epoch id  0101 (its first 2 bytes)
  frames    42–44, 77

On the connected side: diode-sender resend DIR TICKET…
A gap closes by itself once its frames have come.`);
  });

  it('says how much goes into which ticket, and shows QR codes where they are wanted', () => {
    const gaps = Array.from({ length: 30 }, (_, index) => gap(1 + index * 2_000, 900 + index * 2_000));
    const text = textOf(gate(gaps, { head: { sequence: 60_000 } }), 64, true);
    const counts = [...text.matchAll(/Ticket \d of (\d+), (\d+) gaps?/g)].map(([, , of]) => Number(of));
    expect(counts.length).toBeGreaterThan(2);
    expect(counts.reduce((sum, count) => sum + count)).toBe(30);
    expect(text).toContain('█');
  });

  it('asks for no frame that the sender can no longer send, and says that a snapshot has to bring it', () => {
    const stored = gate([gap(10, 20), gap(40, 60), gap(70, 70)], { head: { oldestSequence: 50 } });
    const report = gapReport(names, stored, 120);
    expect(report.gaps.map(({ gone }) => gone)).toEqual([{ from: 10, to: 20 }, { from: 40, to: 49 }, undefined]);
    expect(report.tickets.flatMap(({ ticket }) => ticket.runs)).toEqual([
      { from: 50, to: 60 },
      { from: 70, to: 70 },
    ]);
    const text = textOf(stored);
    expect(text).toContain('too old\n');
    expect(text).toContain('too old up to 49');
    expect(text).toContain(
      `21 frames are too old: at 1970-01-01T00:25:00.000Z the sender's journal began at frame 50.\nOnly a snapshot`,
    );
  });

  it('has no ticket where the journal is empty, and one for all where no hello of this epoch tells', () => {
    const empty = textOf(gate([gap(10, 20)], { head: { oldestSequence: 0 } }));
    expect(empty).toContain("11 frames are too old: at 1970-01-01T00:25:00.000Z the sender's journal is empty.");
    expect(empty).not.toContain('Ticket');
    const other = gapReport(names, gate([gap(10, 20)], { head: { epoch: 2, oldestSequence: 15 } }), 120);
    expect(other).toMatchObject({
      gaps: [{ from: 10, to: 20 }],
      tickets: [{ ticket: { runs: [{ from: 10, to: 20 }] } }],
    });
    expect(other.sender).toBeUndefined();
    const unheard = gapReport(names, { ...gate([gap(10, 20)]), hello: undefined }, 120);
    expect(unheard.tickets).toHaveLength(1);
  });

  it('warns that a halted stream takes nothing', () => {
    const halt = { reason: 'chain', seen: 'Seen.', cure: 'Cure.' } as const;
    expect(textOf(gate([gap(10, 20)], { state: { halt } }))).toContain(
      'The stream is halted: frames that are sent again',
    );
  });

  it('gives scripts the same', () => {
    const report = gapReport(names, gate([gap(42, 44)]), 120);
    expect(JSON.parse(JSON.stringify(gapReportObject(names, report)))).toEqual({
      boundary: 'site-a',
      stream: 'hr',
      epoch: 1,
      epochId: '01'.repeat(16),
      halted: false,
      sender: { oldestSequence: 1, headSequence: 90, heardAtMs: 1_500_000 },
      gaps: [{ from: 42, to: 44, sinceMs: 1_000_000 }],
      tickets: [
        {
          code: report.tickets[0]?.code,
          version: 1,
          streamDigest: expect.stringMatching(/^[0-9a-f]{8}$/),
          epoch: 1,
          epochIdStart: '0101',
          runs: [{ from: 42, to: 44 }],
        },
      ],
    });
  });
});
